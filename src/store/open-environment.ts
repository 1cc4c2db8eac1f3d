import { isSecretError, SecretError } from "../base/errors.ts"
import { formatKeyRing } from "../core/key-ring-text.ts"
import { createKeyRing } from "../core/key-ring.ts"
import { openStorage } from "../storage/open-storage.ts"
import { assertNotRolledBack, markEvents } from "./event-mark.ts"
import { createKeyFile, hasKeyFile, readKeyFile, type AskPassphrase } from "./key-file.ts"
import type { LocalKeySource } from "./key-source.ts"
import { createKeyringAdministration, newKey, type KeyringAdministration } from "./keyring-administration.ts"
import { openContext, type OpenedContext } from "./open-context.ts"
import { rememberPassphrase } from "./passphrase-memory.ts"
import type { StoreSettings } from "./settings.ts"

interface EnvironmentOptions {
  askPassphrase: AskPassphrase
  /** Told once, when the first start makes a key ring. */
  onKeyFileMade?: (path: string) => void
  /** Opens a store that was put back to an older state, and takes that state as the last one seen. */
  acceptRollback?: boolean
  migrate?: boolean
}

/** A store opened as the environment says, with what changes its key ring. */
export interface OpenedEnvironment extends OpenedContext {
  settings: StoreSettings
  keyring: KeyringAdministration
}

const MARK_EVERY_MS = 5_000

export const openEnvironment = async (settings: StoreSettings, options: EnvironmentOptions): Promise<OpenedEnvironment> => {
  const passphrase = rememberPassphrase(options.askPassphrase)
  const source = await sourceOf(settings, { ...options, askPassphrase: passphrase.ask })
  const opened = await openContext({
    database: settings.database,
    keys: source,
    defaultTtlMs: settings.defaultTtlMs,
    history: settings.history,
    audit: { reads: settings.auditReads ? "on" : "off" },
    ...(options.migrate !== undefined && { migrate: options.migrate }),
  })
  const guard = await guardAgainstRollback(opened, settings, options.acceptRollback === true)
  const close = async (): Promise<void> => {
    await guard.stop()
    await opened.close()
  }
  return { ctx: opened.ctx, close, settings, keyring: createKeyringAdministration(opened.ctx, settings, passphrase) }
}

const sourceOf = async (settings: StoreSettings, options: EnvironmentOptions): Promise<LocalKeySource> => {
  const { keys } = settings
  if ("text" in keys) return { load: async () => createKeyRing(keys.text), ringText: async () => keys.text }
  const file = { path: keys.file, askPassphrase: options.askPassphrase }
  if (!hasKeyFile(keys.file)) await makeFirstKey(settings, keys.file, options)
  const read = async (): Promise<string> => {
    const text = await readKeyFile(file)
    if (text === null) throw new SecretError("invalid_keys", `the key file ${keys.file} is gone`)
    return text
  }
  return { load: async () => createKeyRing(await read()), ringText: read }
}

/** A key is made only for a database that has never had one; otherwise the right ring is missing, and a new one would not help. */
const makeFirstKey = async (settings: StoreSettings, path: string, options: EnvironmentOptions): Promise<void> => {
  const storage = await openStorage({ database: settings.database, ...(options.migrate !== undefined && { migrate: options.migrate }) })
  try {
    const wraps = await storage.all("listRootWraps", {})
    if (wraps.length > 0) throw missingKeys(path, [...new Set(wraps.map((wrap) => wrap.keyVersion))].toSorted((a, b) => a - b))
  } finally {
    await storage.close()
  }
  try {
    await createKeyFile(path, formatKeyRing([newKey(1)]))
  } catch (error) {
    if (isSecretError(error) && error.code === "already_exists") return // another process was first: its key serves both
    throw error
  }
  options.onKeyFileMade?.(path)
}

const missingKeys = (path: string, expected: number[]): SecretError =>
  new SecretError("invalid_keys", `there is no key file at ${path}, and this database needs key version ${expected.join(" or ")}`, {
    details: { expected },
    help: "Put the key ring's backup there (mode 600), or name it with SOTTO_KEYS_FILE or SOTTO_KEYS.",
  })

/** Checks the last seen event number, then keeps it up to date while the store is open. */
const guardAgainstRollback = async (
  opened: OpenedContext,
  settings: StoreSettings,
  isAccepted: boolean,
): Promise<{ stop: () => Promise<void> }> => {
  const { keys } = settings
  if ("text" in keys || settings.database.startsWith("memory:")) return { stop: async () => undefined }
  const place = { keyFile: keys.file, database: settings.database }
  const mark = (accepted = false): Promise<void> => markEvents(opened.ctx, place, accepted)
  try {
    if (!isAccepted) await assertNotRolledBack(opened.ctx, place)
    await mark(isAccepted)
  } catch (error) {
    await opened.close()
    throw error
  }
  const timer = setInterval(() => void mark().catch(() => undefined), MARK_EVERY_MS).unref() // the mark at the end counts
  return {
    stop: async () => {
      clearInterval(timer)
      await mark().catch(() => undefined) // a full disk must not keep a store from closing; the next start marks again
    },
  }
}
