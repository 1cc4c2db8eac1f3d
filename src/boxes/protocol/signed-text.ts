import type { RouteName } from "./routes.ts"

/** A route's path as signatures cover it: without whatever a server is mounted under. */
export const signedPath = (route: RouteName): string => `/${route}`

/**
 * What a request's signature covers: the path, then the body without its signature, keys in their order, no white space. The
 * signature is Ed25519 over the SHA-256 digest of this text's UTF-8.
 */
export const signedText = (route: RouteName, body: object): string => {
  const { signature: _signature, ...rest } = body as { signature?: unknown }
  return signedPath(route) + JSON.stringify(rest)
}

/** What the server's signature in the answer to `getNodeId` covers: no path. */
export const nodeIdText = (serverNodeId: string, timestamp: number): string => JSON.stringify({ serverNodeId, timestamp })
