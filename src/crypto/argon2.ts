import * as crypto from "node:crypto"

export interface Argon2Parameters {
  memoryKib: number
  passes: number
  lanes: number
}

export interface Argon2Input extends Argon2Parameters {
  /** Argon2d only for KeePass databases that were made with it; Argon2id where it is left out. */
  variant?: "argon2d" | "argon2id"
  password: Uint8Array
  /** At least 8 bytes. */
  salt: Uint8Array
  lengthBytes: number
  /** Sotto uses neither; the published vectors do. */
  secret?: Uint8Array
  associatedData?: Uint8Array
}

/** Argon2 (RFC 9106), version 1.3: the built-in one from Node 24.7 on, else the one of @noble/hashes, which is slower and equal. */
export const argon2 = (input: Argon2Input): Promise<Uint8Array> =>
  typeof crypto.argon2 === "function" ? argon2OfNode(input) : argon2OfNoble(input)

export const argon2OfNode = (input: Argon2Input): Promise<Uint8Array> => {
  const parameters = {
    message: input.password,
    nonce: input.salt,
    memory: input.memoryKib,
    passes: input.passes,
    parallelism: input.lanes,
    tagLength: input.lengthBytes,
    secret: input.secret,
    associatedData: input.associatedData,
  }
  return new Promise((resolve, reject) => {
    crypto.argon2(input.variant ?? "argon2id", parameters, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

export const argon2OfNoble = async (input: Argon2Input): Promise<Uint8Array> => {
  const { argon2dAsync, argon2idAsync } = await import("@noble/hashes/argon2.js")
  const derive = input.variant === "argon2d" ? argon2dAsync : argon2idAsync
  return derive(input.password, input.salt, {
    m: input.memoryKib,
    t: input.passes,
    p: input.lanes,
    dkLen: input.lengthBytes,
    ...(input.secret && { key: input.secret }),
    ...(input.associatedData && { personalization: input.associatedData }),
    maxmem: 2 ** 32 - 1, // the largest it takes: the caller has bounded the memory
  })
}
