import type { Kdbx, KdbxCredentials } from "kdbxweb"
import { argon2 } from "../../crypto/argon2.ts"
import { isSecretError, type SecretError } from "../../base/errors.ts"
import { unavailable } from "../answers.ts"
import { assertBearable } from "./kdbx-header.ts"

/** What opens a database; one of the two at least. */
export interface KdbxKeys {
  password: string | null
  keyFile: Uint8Array | null
}

const ARGON2_TYPES = { 0: "argon2d", 2: "argon2id" } as const
const ARGON2_VERSION = 0x13

/** The library, with an Argon2 that runs outside this thread. */
export const loadKdbxweb = async () => {
  const { default: kdbxweb } = await import("kdbxweb")
  kdbxweb.CryptoEngine.setArgon2Impl(async (...asked) => {
    const [password, salt, memoryKib, passes, lengthBytes, lanes, type, version] = asked
    if (version !== ARGON2_VERSION) throw unavailable("unsupported", "the KeePass database uses an old version of Argon2", "Save it once with a present KeePass program.")
    const key = await argon2({ variant: ARGON2_TYPES[type], password: new Uint8Array(password), salt: new Uint8Array(salt), memoryKib, passes, lanes, lengthBytes })
    return bufferOf(key)
  })
  return kdbxweb
}

/** The bytes alone, in memory of their own. */
export const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

export const credentialsOf = async ({ password, keyFile }: KdbxKeys): Promise<KdbxCredentials> => {
  const { KdbxCredentials: Credentials, ProtectedValue } = await loadKdbxweb()
  const credentials = new Credentials(password === null ? null : ProtectedValue.fromString(password), keyFile === null ? null : bufferOf(keyFile))
  return credentials.ready
}

/** @throws SecretError `SECRETS_PROVIDER_UNAVAILABLE` with reason `auth_failed`, `corrupt`, `unsupported` or `too_costly` */
export const unlock = async (bytes: Uint8Array, keys: KdbxKeys): Promise<Kdbx> => {
  assertBearable(bytes)
  const { Kdbx: Database } = await loadKdbxweb()
  try {
    return await Database.load(bufferOf(bytes), await credentialsOf(keys))
  } catch (error) {
    throw asKdbxFailure(error)
  }
}

/** In words of ours: the library's may hold a part of the file. */
const asKdbxFailure = (error: unknown): SecretError => {
  if (isSecretError(error)) return error
  const code = (error as { code?: unknown } | null)?.code
  if (code === "InvalidKey") return unavailable("auth_failed", "the KeePass database does not open with this password and key file")
  if (code === "Unsupported" || code === "InvalidVersion" || code === "NotImplemented") return unavailable("unsupported", "the KeePass database uses something that Sotto cannot read")
  return unavailable("corrupt", "the KeePass database is cut off or damaged")
}
