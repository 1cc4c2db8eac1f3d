import { readFile } from "node:fs/promises"
import { buffer } from "node:stream/consumers"
import { fromUtf8, hex } from "../base/bytes.ts"
import { isSecretError, SecretError } from "../base/errors.ts"
import { createClient } from "../boxes/client/create-client.ts"
import { exportKey as sealKey, importKey } from "../boxes/client/key-file.ts"
import { safetyNumber } from "../boxes/client/safety-number.ts"
import { inviteToBoxes } from "../core/boxes/codes.ts"
import { randomBytes } from "../crypto/random.ts"
import { ANONYMOUS_CODE, NODE_ID_CODE } from "../boxes/protocol/routes.ts"
import { assertNoAgent, assertPersonsShell } from "./agent-shell.ts"
import { aliasOf, boxProfilePath, changeBoxProfile, createBoxProfile, findBoxProfile, idOf, readBoxProfile, type BoxProfile } from "./box-profile.ts"
import { plainly } from "./box-errors.ts"
import type { Call } from "./command.ts"
import { parseDuration } from "./duration.ts"
import { assertLocal } from "./open-backend.ts"
import { clientOf, openBox } from "./open-box.ts"
import { openLocalStore } from "./open-local-store.ts"
import { time } from "./table.ts"

const SECRET_KEY_BYTES = 32

export const initBox = async (call: Call): Promise<void> => {
  try {
    await init(call)
  } catch (error) {
    throw plainly(error)
  }
}

/** The key is on the disk before the server hears of it: a box whose key is lost is of use to nobody. */
const init = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  const found = findBoxProfile(env)
  if (found?.isOpen === true) throw new SecretError("already_exists", "you have a box already", { help: `Its key lies in ${boxProfilePath(env)}; SOTTO_BOX_FILE names another file for another box.` })
  if (found !== null) assertBegunSo(call, found)
  const profile = found ?? (await newProfile(call))
  if (found === null) await createBoxProfile(env, profile)
  const authCode = await codeOf(call)
  await openOnServer(call, profile, { ...(authCode !== undefined && { authCode }), ...closureOf(options.text("closes")) })
  await changeBoxProfile(env, (before) => ({ ...before, isOpen: true }))
  const { id } = await identityOf(call, profile)
  if (screen.isJson) return screen.json({ id, server: profile.server, serverId: profile.serverId, file: boxProfilePath(env) })
  screen.note(`Your box is open at ${profile.server}. Its key lies in ${boxProfilePath(env)}: back it up with sotto box export.`)
  screen.note("This is your id, for whoever is to share with you:")
  screen.write(`${id}\n`)
}

const closureOf = (closureDate: string | undefined) => (closureDate === undefined ? {} : { closureDate })

const newProfile = async (call: Call): Promise<BoxProfile> => {
  const { env, options } = call
  const server = withoutSlash(options.text("server") ?? defaultServer(env))
  const file = options.text("import")
  const secretKeyHex = file === undefined ? hex(randomBytes(SECRET_KEY_BYTES)) : await importFrom(call, file)
  const serverId = await createClient({ serverURL: server, secretKeyHex }).getServerId(NODE_ID_CODE)
  return { version: 1, server, serverId, secretKeyHex, isOpen: false, people: {} }
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "")

/** A code for one server is not told to another, where an earlier try went. */
const assertBegunSo = ({ env, options }: Call, { server }: BoxProfile): void => {
  const wanted = options.text("server")
  if (options.text("import") === undefined && (wanted === undefined || withoutSlash(wanted) === server)) return
  throw new SecretError("already_exists", `a box was begun already, at ${server}`, {
    help: `Leave --server and --import away to go on there, or move ${boxProfilePath(env)} away to begin anew.`,
  })
}

const defaultServer = ({ SOTTO_BOXES_URL, SOTTO_URL }: Call["env"]): string =>
  SOTTO_BOXES_URL?.trim() || `${(SOTTO_URL?.trim() || "http://127.0.0.1:7766").replace(/\/+$/, "")}/boxes`

const importFrom = async (call: Call, file: string): Promise<string> => {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new SecretError("not_found", "the file of --import cannot be read", { cause })
  })
  return (await importKey(text, await passphraseOf(call, "Passphrase of the export: "))).secretKeyHex
}

/** A box that is there already, by an earlier try or an imported key, is not opened again. */
const openOnServer = async ({ env }: Call, profile: BoxProfile, options: { authCode?: string; closureDate?: string }): Promise<void> => {
  if (await isThere(env, profile)) return
  await clientOf(env, profile, { authCode: ANONYMOUS_CODE, ...options }).ready
}

const isThere = async (env: Call["env"], profile: BoxProfile): Promise<boolean> => {
  try {
    await clientOf(env, profile).list()
    return true
  } catch (error) {
    if (isSecretError(error) && error.code === "not_found") return false
    throw error
  }
}

/** From SOTTO_BOX_CODE, or, with --code, asked for or piped in. */
const codeOf = async ({ env, options, screen }: Call): Promise<string | undefined> => {
  const given = env.SOTTO_BOX_CODE?.trim()
  if (given !== undefined && given !== "") return given
  if (!options.flag("code")) return undefined
  if (!screen.isTerminal.stdin) return fromUtf8(await buffer(process.stdin)).trim()
  const { promptHidden } = await import("./prompt.ts")
  return (await promptHidden(screen, "Code: ")).trim()
}

const passphraseOf = async ({ env, screen }: Call, question: string): Promise<string> => {
  const given = env.SOTTO_BOX_PASSPHRASE
  if (given !== undefined && given !== "") return given
  if (!screen.isTerminal.stdin) throw new SecretError("invalid_argument", "there is no terminal to ask for the passphrase", { help: "Set SOTTO_BOX_PASSPHRASE." })
  const { promptHidden } = await import("./prompt.ts")
  return promptHidden(screen, question)
}

const identityOf = async ({ env }: Call, profile: BoxProfile): Promise<{ id: string }> => {
  const client = clientOf(env, profile)
  await client.keysReady
  return { id: client.id as string }
}

export const showId = async (call: Call): Promise<void> => {
  const { env, args, screen } = call
  const profile = readBoxProfile(env)
  const { id } = await identityOf(call, profile)
  if (screen.isJson) return screen.json({ id: args[0] === undefined ? id : idOf(profile, args[0]), server: profile.server, serverId: profile.serverId, people: profile.people })
  screen.write(`${args[0] === undefined ? id : idOf(profile, args[0])}\n`)
}

export const verifyPerson = async (call: Call): Promise<void> => {
  const { env, args, options, screen } = call
  const { profile } = openBox(env)
  if (options.flag("matches")) assertPersonsShell(env, "box verify --matches")
  const other = idOf(profile, args[0] as string)
  const { id } = await identityOf(call, profile)
  const number = safetyNumber(id, other)
  const alias = aliasOf(profile, other)
  if (options.flag("matches")) await rememberMatch(call, profile, { alias, id: other })
  const verifiedAt = options.flag("matches") ? Date.now() : profile.people[alias]?.verifiedAt
  screen.show({ id: other, safetyNumber: number, ...(verifiedAt !== undefined && { verifiedAt }) }, () => number)
  if (!screen.isJson) screen.note(verifiedAt === undefined ? `Nobody has compared it yet. If ${alias} sees the same: sotto box verify ${alias} --matches` : `Compared ${time(verifiedAt)} UTC`)
}

const rememberMatch = async ({ env }: Call, profile: BoxProfile, { alias, id }: { alias: string; id: string }): Promise<void> => {
  const person = { ...profile.people[alias], id, verifiedAt: Date.now() }
  await changeBoxProfile(env, (found) => ({ ...found, people: { ...found.people, [alias]: person } }))
}

/** Whoever chooses the passphrase has the key. */
export const exportKey = async (call: Call): Promise<void> => {
  assertNoAgent(call.env, "box export")
  const { secretKeyHex } = readBoxProfile(call.env)
  const sealed = await sealKey({ secretKeyHex }, await passphraseOf(call, "Passphrase for the export: "))
  call.screen.show({ export: sealed }, () => sealed.trimEnd())
}

export const invite = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  assertNoAgent(env, "box invite")
  assertLocal(call, "box invite")
  const ttl = options.text("ttl")
  const store = await openLocalStore(call)
  try {
    const { code, expiresAt } = await inviteToBoxes(store.ctx, { ...(ttl !== undefined && { lifeMs: parseDuration("--ttl", ttl) }) })
    if (screen.isJson) return screen.json({ code: code.reveal(), expiresAt })
    screen.note(`Whoever has this opens one box with it, until ${time(expiresAt)} UTC: sotto box init --code`)
    screen.write(`${code.reveal()}\n`)
  } finally {
    await store.close()
  }
}
