import { openEnvironment, type OpenedEnvironment } from "../store/open-environment.ts"
import { readStoreSettings, type StoreSettings } from "../store/settings.ts"
import { askPassphraseOf } from "./passphrase.ts"
import type { Call } from "./command.ts"

interface LocalOptions {
  settings?: StoreSettings
  acceptRollback?: boolean
}

/** Opens the store that the environment names; a key ring that it has to make for it is spoken of on stderr. */
export const openLocalStore = (call: Pick<Call, "env" | "screen">, options: LocalOptions = {}): Promise<OpenedEnvironment> => {
  const { settings = readStoreSettings(call.env), acceptRollback = false } = options
  return openEnvironment(settings, {
    askPassphrase: askPassphraseOf(call),
    acceptRollback,
    onKeyFileMade: (path) => call.screen.note(keyFileNote(path)),
  })
}

const keyFileNote = (path: string): string =>
  `A key ring was made: ${path}\nBack this file up, apart from the database: without it nothing in the store can be read.`
