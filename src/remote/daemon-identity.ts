import { join } from "node:path"
import * as z from "zod/mini"
import { utf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { fromBase64Url, toBase64Url } from "../crypto/base64url.ts"
import { newSigningSeed, signingKeyOf, type SigningKey } from "../crypto/ed25519.ts"
import { generateSealingKeys, sealingKeysOf, type SealingKeys } from "../crypto/hpke.ts"
import { createMacKey, hmacSha256 } from "../crypto/mac.ts"
import { headOf, type EnrolmentBody, type SandboxFacts } from "../core/sandbox/messages.ts"
import { parseEnrolmentToken, type EnrolmentTokenParts } from "../core/sandbox/enrolment-token.ts"
import { statementBytes, type Statement } from "../core/sandbox/statement.ts"
import { makeStateFolder } from "./applied-state.ts"
import { factsOf, readPlainFile, removeFile, replaceFile, textOf } from "./careful-file.ts"
import { unsafeFile } from "./file-faults.ts"

const Key = z.string().check(z.refine((text) => fromBase64Url(text)?.length === 32))

const Kept = z.strictObject({
  v: z.literal(1),
  sandboxId: z.string(),
  /** The store's Ed25519 key. */
  storeKey: Key,
  /** The sandbox's own private keys. */
  sealing: Key,
  signing: Key,
  /** The secret of the enrolment token, until the store has spoken. */
  enrolment: z.nullable(Key),
})

/** Who a daemon is, and whom it obeys. */
export interface DaemonIdentity {
  sandboxId: string
  storeKey: Uint8Array
  sealing: SealingKeys
  signing: SigningKey
  /** Its keys as they stand in the state folder, which a command of the same account can read: for masking. */
  keyTexts: readonly string[]
  /** What proves to the store that this daemon was meant; null once the store has spoken. */
  enrolment(facts: SandboxFacts): Statement | null
  /** The store has spoken: the token is of no more use. */
  endEnrolment(): void
}

/**
 * The identity in the state folder; with a token it is made where there is none. Keys never leave the folder.
 * @throws SecretError `not_supported` with neither, `invalid_argument` for a text that is no token, `already_exists` where the
 * folder is another environment's, `unsafe_file`
 */
export const openIdentity = (stateFolder: string, token: string | null): DaemonIdentity => {
  const path = join(stateFolder, "identity.json")
  const parts = token === null ? null : partsOf(token)
  const write = (kept: z.output<typeof Kept>): z.output<typeof Kept> => {
    makeStateFolder(stateFolder)
    removeFile(`${path}.new`)
    replaceFile(path, utf8(`${JSON.stringify(kept)}\n`), `${path}.new`)
    return kept
  }
  const found = readIdentity(stateFolder, path)
  const base = found ?? newIdentity(parts)
  if (parts !== null && (base.sandboxId !== parts.sandboxId || base.storeKey !== toBase64Url(parts.storeKey)))
    throw new SecretError("already_exists", `the state folder ${stateFolder} is another environment's`, { details: { path: stateFolder }, help: "Choose another --state for this one, or remove what stands there." })
  const enrolment = parts === null ? base.enrolment : toBase64Url(parts.secret)
  let kept = found !== null && found.enrolment === enrolment ? found : write({ ...base, enrolment })
  const [sealing, signing] = [sealingKeysOf(bytesOf(kept.sealing)), signingKeyOf(bytesOf(kept.signing))]
  return {
    sandboxId: kept.sandboxId,
    storeKey: bytesOf(kept.storeKey),
    sealing,
    signing,
    keyTexts: [kept.sealing, kept.signing, ...(kept.enrolment === null ? [] : [kept.enrolment])],
    enrolment: (facts) => {
      if (kept.enrolment === null) return null
      const body: EnrolmentBody = { ...headOf(kept.sandboxId), sealingKey: toBase64Url(sealing.publicKey), signingKey: toBase64Url(signing.publicKey), ...facts }
      const mac = hmacSha256(createMacKey(bytesOf(kept.enrolment)), statementBytes("enrolment", body))
      return { body, proof: toBase64Url(mac) }
    },
    endEnrolment: () => {
      if (kept.enrolment !== null) kept = write({ ...kept, enrolment: null })
    },
  }
}

const bytesOf = (text: string): Uint8Array => fromBase64Url(text) as Uint8Array

const partsOf = (token: string): EnrolmentTokenParts => {
  const parts = parseEnrolmentToken(token.trim())
  if (parts === null) throw new SecretError("invalid_argument", "this is no enrolment token", { help: "Make one with: sotto env enroll NAME" })
  return parts
}

const newIdentity = (parts: EnrolmentTokenParts | null): z.output<typeof Kept> => {
  if (parts === null)
    throw new SecretError("not_supported", "this sandbox is not enrolled", { help: "Run `sotto env enroll NAME` where the store is, and give the token to this daemon once, as SOTTO_ENROLMENT." })
  return {
    v: 1,
    sandboxId: parts.sandboxId,
    storeKey: toBase64Url(parts.storeKey),
    sealing: toBase64Url(generateSealingKeys().privateKey),
    signing: toBase64Url(newSigningSeed()),
    enrolment: null,
  }
}

const readIdentity = (stateFolder: string, path: string): z.output<typeof Kept> | null => {
  if (factsOf(stateFolder) === null) return null
  makeStateFolder(stateFolder) // refuses one that others can write to
  const file = readPlainFile(path)
  if (file === null) return null
  if ((file.facts.mode & 0o077) !== 0) throw unsafeFile(path, "can be read by others", `Run: chmod 600 '${path}', and enroll anew: the keys in it may be known.`)
  const found = z.safeParse(Kept, jsonOf(textOf(path, file.bytes)))
  if (!found.success) throw unsafeFile(path, "is not what the daemon wrote", "Remove it and enroll anew: sotto env enroll NAME")
  return found.data
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
