import { SecretError } from "../../base/errors.ts"

type Subtle = typeof globalThis.crypto.subtle

export type ImportedKey = Awaited<ReturnType<Subtle["importKey"]>>
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
