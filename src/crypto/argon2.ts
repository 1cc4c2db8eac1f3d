import * as crypto from "node:crypto"

export interface Argon2Parameters {
  memoryKib: number
  passes: number
  lanes: number
}

export interface Argon2Input extends Argon2Parameters {
  password: Uint8Array
  /** At least 8 bytes. */
  salt: Uint8Array
  lengthBytes: number
  /** Sotto uses neither; the published vectors do. */
  secret?: Uint8Array
  associatedData?: Uint8Array
}

/** Argon2id (RFC 9106): the built-in one from Node 24.7 on, else the one of @noble/hashes, which is slower and equal. */
export const argon2id = (input: Argon2Input): Promise<Uint8Array> =>
  typeof crypto.argon2 === "function" ? argon2idOfNode(input) : argon2idOfNoble(input)

export const argon2idOfNode = (input: Argon2Input): Promise<Uint8Array> => {
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
    crypto.argon2("argon2id", parameters, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

export const argon2idOfNoble = async (input: Argon2Input): Promise<Uint8Array> => {
  const { argon2idAsync } = await import("@noble/hashes/argon2.js")
  return argon2idAsync(input.password, input.salt, {
    m: input.memoryKib,
    t: input.passes,
    p: input.lanes,
    dkLen: input.lengthBytes,
    ...(input.secret && { key: input.secret }),
    ...(input.associatedData && { personalization: input.associatedData }),
    maxmem: 2 ** 32 - 1, // the largest it takes: the caller has bounded the memory
  })
}
