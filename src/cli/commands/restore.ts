import { isSecretError, SecretError } from "../../base/errors.ts"
import { createKeyRing } from "../../core/key-ring.ts"
import type { LoadCounts } from "../../core/load.ts"
import { LOCAL_USER } from "../../core/principal.ts"
import { openStorage } from "../../storage/open-storage.ts"
import { restoreBackup, verifyBackup } from "../../store/backup-file.ts"
import { readKeyFile } from "../../store/key-file.ts"
import { readStoreSettings, type StoreSettings } from "../../store/settings.ts"
import type { Call } from "../command.ts"
import { assertLocal } from "../open-backend.ts"
import { openLocalStore } from "../open-local-store.ts"
import { askPassphraseOf } from "../passphrase.ts"
import { count } from "../table.ts"

export const restore = async (call: Call): Promise<void> => {
  assertLocal(call, "restore")
  const settings = readStoreSettings(call.env)
  const counts = await load(call, settings)
  const isOlder = !(await opens(call, settings))
  if (call.screen.isJson) call.screen.json({ ...counts, isOlder })
  else say(call, counts, isOlder)
}

/** The whole file is checked before the database is opened, let alone made. */
const load = async (call: Call, settings: StoreSettings): Promise<LoadCounts> => {
  const path = call.args[0] as string
  const wrapper = createKeyRing(await ringOf(call, settings))
  try {
    await verifyBackup(path, wrapper)
    const storage = await openStorage({ database: settings.database })
    try {
      return await restoreBackup(path, { storage, wrapper, at: Date.now(), principal: LOCAL_USER })
    } finally {
      await storage.close()
    }
  } finally {
    wrapper.close()
  }
}

const ringOf = async (call: Call, { keys }: StoreSettings): Promise<string> => {
  if ("text" in keys) return keys.text
  const text = await readKeyFile({ path: keys.file, askPassphrase: askPassphraseOf(call) })
  if (text !== null) return text
  throw new SecretError("invalid_keys", `there is no key file at ${keys.file}, and a backup opens with the key ring alone`, {
    details: { path: keys.file },
    help: "Put the key ring's backup there (mode 600), or name it with SOTTO_KEYS_FILE or SOTTO_KEYS.",
  })
}

/** Opens the restored store once: whether its state is one that this key ring takes. */
const opens = async (call: Call, settings: StoreSettings): Promise<boolean> => {
  try {
    await (await openLocalStore(call, { settings, acceptRollback: call.options.flag("accept-rollback") })).close()
    return true
  } catch (error) {
    if (isSecretError(error) && error.code === "store_rolled_back") return false
    throw error
  }
}

const say = ({ screen }: Call, { secrets, versions, events, revokedTokens }: LoadCounts, isOlder: boolean): void => {
  screen.note(`Restored ${count(secrets, "secret")} in ${count(versions, "version")}, and ${count(events, "event")}`)
  if (revokedTokens > 0) screen.note(`${count(revokedTokens, "token")} of the backup no longer ${revokedTokens === 1 ? "works" : "work"}: make new ones with \`sotto token create\``)
  if (isOlder)
    screen.note("This state is older than the last one that this key ring has seen, and commands refuse it until you run `sotto doctor --accept-rollback`")
}
