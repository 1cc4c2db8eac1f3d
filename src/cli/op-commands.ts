import { SecretError } from "../base/errors.ts"
import type { ConnectOp, OpClient } from "../providers/op/op-client.ts"
import { asOpFailure } from "../providers/op/op-failure.ts"
import { createOpField, listOpFields, listOpVaults, updateOpField, type OpPlace } from "../providers/op/op-items.ts"
import { opTokenOf } from "../providers/op/op-token.ts"
import { readSettings } from "../providers/settings/read-settings.ts"
import type { Call, CommandRun } from "./command.ts"
import { readValue } from "./read-value.ts"

/** `sotto provider op ...`, over a way to 1Password. Values are neither printed nor taken from the command line. */
export const opCommands = (connect: ConnectOp) => {
  const withOp = async <T>(call: Call, work: (client: OpClient) => Promise<T>): Promise<T> => {
    const { op } = await readSettings(call.env, process.cwd())
    const token = opTokenOf({ env: call.env, config: op })
    try {
      return await work(await connect(token))
    } catch (error) {
      throw asOpFailure(error)
    }
  }

  const changing = (change: typeof createOpField, done: string): CommandRun => async (call) => {
    const place = placeOf(call)
    const value = await readValue(call, `${place.item}, ${place.field}`)
    if (value === "") throw new SecretError("invalid_argument", "the value is empty")
    await withOp(call, (client) => change(client, place, value))
    const { vault, item, field } = place
    call.screen.show({ vault, item, field }, () => `item field ${done}: vault=${vault} item=${item} field=${field}`)
  }

  const vaultList: CommandRun = async (call) => {
    const vaults = await withOp(call, listOpVaults)
    show(call, vaults.map(({ title, id }) => ({ name: title, id })), ({ name, id }) => `name=${name} id=${id}`)
  }

  const itemList: CommandRun = async (call) => {
    const vault = named(call, "vault")
    show(call, await withOp(call, (client) => listOpFields(client, vault)), ({ item, field }) => `${item}  ${field}`)
  }

  return { vaultList, itemList, itemCreate: changing(createOpField, "created"), itemUpdate: changing(updateOpField, "updated") }
}

const show = <T>({ screen }: Call, rows: readonly T[], line: (row: T) => string): void => {
  if (screen.isJson) screen.json(rows)
  else screen.write(rows.map((row) => `${line(row)}\n`).join(""))
}

const placeOf = (call: Call): OpPlace => ({ vault: named(call, "vault"), item: named(call, "item-path"), field: named(call, "field") })

const named = ({ options }: Call, option: string): string => {
  const text = options.text(option)
  if (text !== undefined && text !== "") return text
  throw new SecretError("invalid_argument", `--${option} is missing`)
}
