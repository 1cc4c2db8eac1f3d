/* What a request to a server of Secret Manager 0.0.6 must look like: its keys, their order, and the format of each. */

export type OriginalBody = Record<string, unknown>

type Format = "number" | "string" | "boolean" | "number or null" | "hex64" | "hex128" | "hex32"

const PUBLIC_KEY = { publicKey: "hex64" } as const
const TAIL = { timestamp: "number", signature: "hex128", nonce: "number" } as const

/** The routes, but those of notification hooks, which this server does not know. */
export const ORIGINAL_ROUTES = {
  getNodeId: { authCode: "hex64" },
  createAuthCode: { ...PUBLIC_KEY, action: "string", ...TAIL },
  openSecretSpace: { authCode: "hex64", ...PUBLIC_KEY, closureDate: "number or null", ...TAIL },
  getSecretSpace: { ...PUBLIC_KEY, ...TAIL },
  deleteSecretSpace: { ...PUBLIC_KEY, ...TAIL },
  setSecret: { ...PUBLIC_KEY, secretId: "string", secret: "string", ...TAIL },
  getSecret: { ...PUBLIC_KEY, secretId: "string", ...TAIL },
  deleteSecret: { ...PUBLIC_KEY, secretId: "string", ...TAIL },
  openSubSpace: { ...PUBLIC_KEY, fromId: "hex64", closureDate: "number or null", ...TAIL },
  getSubSpace: { ...PUBLIC_KEY, fromId: "hex64", ...TAIL },
  deleteSubSpace: { ...PUBLIC_KEY, fromId: "hex64", ...TAIL },
  shareSecretTo: { ...PUBLIC_KEY, shareToId: "hex64", secretId: "string", secret: "string", isOneTimeSecret: "boolean", ...TAIL },
  getSecretFrom: { ...PUBLIC_KEY, fromId: "hex64", secretId: "string", ...TAIL },
  deleteSharedSecret: { ...PUBLIC_KEY, sharedToId: "hex64", secretId: "string", ...TAIL },
} as const satisfies Record<string, Record<string, Format>>

export type OriginalRoute = keyof typeof ORIGINAL_ROUTES

export const isOriginalRoute = (name: string): name is OriginalRoute => Object.hasOwn(ORIGINAL_ROUTES, name)

/** @throws the text of the answer 400, without its `Error: ` */
export const assertStructure = (route: OriginalRoute, body: OriginalBody): void => {
  const expected: [string, Format][] = Object.entries(ORIGINAL_ROUTES[route])
  const detected = Object.keys(body)
  if (detected.length !== expected.length)
    throw new Error(`The Number of parameters in the body, did not match the expected number. ${expected.length} vs ${detected.length}`)
  for (const [index, [name]] of expected.entries())
    if (detected[index] !== name) throw new Error(`parameter @ index: ${index} had wrong key! expected: '${name}'  detected: '${detected[index]}'`)
  for (const [name, format] of expected) {
    const fault = faultOf(format, body[name])
    if (fault !== null) throw new Error(`unexpected format of parameter ${name} - ${fault}`)
  }
}

const faultOf = (format: Format, value: unknown): string | null => {
  switch (format) {
    case "number":
      return typeof value === "number" ? null : "Not a number!"
    case "number or null":
      return typeof value === "number" || value === null ? null : "Neither a number nor null!"
    case "boolean":
      return typeof value === "boolean" ? null : "Not a boolean!"
    case "string":
      return typeof value === "string" ? null : "Not a string!"
    default:
      return hexFaultOf(Number(format.slice(3)), value)
  }
}

const hexFaultOf = (length: number, value: unknown): string | null => {
  if (typeof value !== "string") return "Not a string!"
  if (!/^[0-9a-fA-F]*$/.test(value)) return "Not a HexString!"
  return value.length === length ? null : `HexString length was not ${length} characters!`
}
