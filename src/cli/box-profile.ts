import { dirname, join, resolve } from "node:path"
import { SecretError } from "../base/errors.ts"
import { createKeyFile, keyFileText, replaceKeyFile } from "../store/key-file.ts"
import { readStoreSettings } from "../store/settings.ts"
import type { Environment } from "./command.ts"

/** Somebody else who keeps a box. */
export interface BoxPerson {
  id: string
  /** When a person compared the safety numbers; absent: nobody has. */
  verifiedAt?: number
  /** Their values need no signature. */
  allowsUnsigned?: true
}

/** One's own key and what belongs to it, in a file that nobody else can open. */
export interface BoxProfile {
  version: 1
  server: string
  /** The server's key, as it was when the box was opened. */
  serverId: string
  secretKeyHex: string
  /** False until the server has said that the box is open. */
  isOpen: boolean
  /** By alias. */
  people: Record<string, BoxPerson>
}

/** SOTTO_BOX_FILE, else `box` beside the key file of the store. */
export const boxProfilePath = (env: Environment): string => {
  const named = env.SOTTO_BOX_FILE?.trim()
  if (named !== undefined && named !== "") return resolve(named)
  const { keys } = readStoreSettings({ ...env, SOTTO_KEYS: undefined, SECRET_STORE_KEYS: undefined })
  return join(dirname("file" in keys ? keys.file : ""), "box")
}

/** null where there is none. @throws SecretError `unsafe_file`, `invalid_argument` for a file that holds something else */
export const findBoxProfile = (env: Environment): BoxProfile | null => {
  const path = boxProfilePath(env)
  const text = keyFileText(path)
  if (text === null) return null
  const profile = parse(text)
  if (profile?.version !== 1 || !/^[0-9a-f]{64}$/.test(profile.secretKeyHex)) throw new SecretError("invalid_argument", `${path} is no file of a box`)
  return profile
}

/** @throws SecretError `not_found` */
export const readBoxProfile = (env: Environment): BoxProfile => {
  const profile = findBoxProfile(env)
  if (profile?.isOpen === true) return profile
  throw new SecretError("not_found", "you have no box yet", { help: "Open one: sotto box init" })
}

const parse = (text: string): BoxProfile | null => {
  try {
    return JSON.parse(text) as BoxProfile | null
  } catch {
    return null
  }
}

const print = (profile: BoxProfile): string => JSON.stringify(profile)

export const createBoxProfile = (env: Environment, profile: BoxProfile): Promise<void> => createKeyFile(boxProfilePath(env), print(profile))

/** Read and replaced in one step. @throws SecretError `storage_unavailable` where another command changed it meanwhile */
export const changeBoxProfile = async (env: Environment, change: (profile: BoxProfile) => BoxProfile): Promise<BoxProfile> => {
  const path = boxProfilePath(env)
  const before = keyFileText(path)
  const found = findBoxProfile(env)
  if (found === null) throw new SecretError("not_found", "you have no box yet", { help: "Open one: sotto box init" })
  const profile = change(found)
  await replaceKeyFile(path, print(profile), undefined, before)
  return profile
}

const ALIAS = /^[^\s\p{C}/@#%:]{1,64}$/u
const ID = /^[0-9a-f]{64}$/

/** @throws SecretError `invalid_argument` */
export const assertAlias = (alias: string): string => {
  if (ALIAS.test(alias) && !ID.test(alias) && alias !== "me" && alias !== "__proto__") return alias
  throw new SecretError("invalid_argument", "an alias has up to 64 visible characters without white space, / @ # % and :, and is neither an id nor the word me")
}

/** The id of somebody by alias or id. @throws SecretError `not_found` */
export const idOf = (profile: BoxProfile, who: string): string => {
  if (ID.test(who)) return who
  if (Object.hasOwn(profile.people, who)) return (profile.people[who] as BoxPerson).id
  throw new SecretError("not_found", `nobody is known as ${who}`, { help: "Give an id of 64 hex characters; sotto box accept ID --as ALIAS remembers one." })
}

/** The alias, or the beginning of an id that has none. */
export const aliasOf = (profile: BoxProfile, id: string): string => Object.entries(profile.people).find(([, person]) => person.id === id)?.[0] ?? id
