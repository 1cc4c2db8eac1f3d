import { SecretError } from "../../base/errors.ts"

type Platform = typeof globalThis.crypto.subtle

/** What is read may lie in any buffer: Node's declarations say so, a browser's do not. */
interface Subtle extends Omit<Platform, "digest" | "sign" | "verify"> {
  digest(algorithm: string, bytes: Uint8Array): Promise<ArrayBuffer>
  sign(algorithm: string, key: ImportedKey, bytes: Uint8Array): Promise<ArrayBuffer>
  verify(algorithm: string, key: ImportedKey, signature: Uint8Array, bytes: Uint8Array): Promise<boolean>
}

export type ImportedKey = Awaited<ReturnType<Platform["importKey"]>>
export type Bytes = Uint8Array<ArrayBuffer>

/** @throws SecretError `not_supported` where a page was not loaded over a secure way: browsers then have no `crypto.subtle` */
export const webCrypto = (): Subtle => {
  const found = (globalThis as { crypto?: { subtle?: Subtle } }).crypto?.subtle
  if (found === undefined)
    throw new SecretError("not_supported", "this place has no WebCrypto, which boxes need", { help: "Load the page over https://, or from localhost." })
  return found
}

export const randomBytes = (length: number): Bytes => globalThis.crypto.getRandomValues(new Uint8Array(length))

export const sha256 = async (bytes: Uint8Array): Promise<Bytes> => new Uint8Array(await webCrypto().digest("SHA-256", bytes))

export const sha512 = async (bytes: Uint8Array): Promise<Bytes> => new Uint8Array(await webCrypto().digest("SHA-512", bytes))
