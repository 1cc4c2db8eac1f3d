import { SecretError } from "../base/errors.ts"
import { createField, listFields, updateField } from "../providers/keepass/edit-kdbx.ts"
import { unlock } from "../providers/keepass/kdbx.ts"
import { readDatabase } from "../providers/keepass/keepass-files.ts"
import { knownDatabases } from "../providers/keepass/keepass-location.ts"
import { changeVaultKeys, createVault, editVault } from "../providers/keepass/keepass-vault.ts"
import type { Call, CommandRun } from "./command.ts"
import { aliasOf, defaultPath, keepassConfig, keysOf, locationOf, newKeysOf } from "./keepass-vault.ts"
import { readValue } from "./read-value.ts"
import { shownPath } from "./shown-path.ts"

export const keepassVaultCreate: CommandRun = async (call) => {
  const alias = await aliasOf(call)
  const path = call.options.text("database-path") ?? defaultPath(alias)
  const keys = await newKeysOf(call, ["password-from-env", "keyfile-from-env"])
  await createVault(path, keys, { name: alias, isForced: call.options.flag("force") })
  call.screen.show({ alias, path }, () => `vault created: alias=${alias} path=${path}`)
  call.screen.note(settingsNote(call, alias, path))
}

/** So that references find it. */
const settingsNote = ({ options }: Call, alias: string, path: string): string => {
  const variables = [["passwordEnv", "password-from-env"], ["keyfileEnv", "keyfile-from-env"]].flatMap(([key, option]) => {
    const name = options.text(option as string)
    return name === undefined ? [] : [`${key}: ${name}`]
  })
  const shown = path.startsWith(".sotto/") ? path.slice(".sotto/".length) : path
  return `References find it once .sotto/config.yml says:\n  providers: { keepass: { aliases: { ${alias}: { ${[`path: ${shown}`, ...variables].join(", ")} } } } }`
}

export const keepassVaultUpdate: CommandRun = async (call) => {
  const alias = await aliasOf(call)
  const location = await locationOf(call, alias)
  const keys = await keysOf(call, location)
  await changeVaultKeys(location.path, keys, await newKeysOf(call, ["new-password-from-env", "new-keyfile-from-env"]))
  call.screen.show({ alias, path: location.path }, () => `vault updated: alias=${alias} path=${shownPath(location.path)}`)
}

export const keepassVaultList: CommandRun = async (call) => {
  const known = knownDatabases(await keepassConfig(call), call.env)
  show(call, known, ({ alias, path }) => `alias=${alias} path=${shownPath(path)}`)
}

export const keepassItemList: CommandRun = async (call) => {
  const location = await locationOf(call, await aliasOf(call))
  const database = await unlock(await readDatabase(location.path), await keysOf(call, location))
  show(call, listFields(database), ({ item, field }) => `${item}  ${field}`)
}

const changing = (change: typeof createField, done: string): CommandRun => async (call) => {
  const alias = await aliasOf(call)
  const [item, field] = [named(call, "item-path"), named(call, "field")]
  const location = await locationOf(call, alias)
  const value = await readValue(call, `${item}, ${field}`)
  if (value === "") throw new SecretError("invalid_argument", "the value is empty")
  await editVault(location.path, await keysOf(call, location), (database) => change(database, item, field, value))
  call.screen.show({ vault: alias, item, field }, () => `item field ${done}: vault=${alias} item=${item} field=${field}`)
}

export const keepassItemCreate = changing(createField, "created")
export const keepassItemUpdate = changing(updateField, "updated")

const show = <T>({ screen }: Call, rows: readonly T[], line: (row: T) => string): void => {
  if (screen.isJson) screen.json(rows)
  else screen.write(rows.map((row) => `${line(row)}\n`).join(""))
}

const named = ({ options }: Call, option: string): string => {
  const text = options.text(option)
  if (text !== undefined && text !== "" && text.split("/").every((part) => part !== "")) return text
  throw new SecretError("invalid_argument", text ? `--${option} has an empty part` : `--${option} is missing`)
}
