import type { AskPassphrase } from "./key-file.ts"

/** The passphrase of a sealed key file, for as long as the store is open. */
export interface PassphraseMemory {
  ask: AskPassphrase
  set(passphrase: string | null): void
}

/** A sealed file is read again when keys change: the person is asked once. */
export const rememberPassphrase = (ask: AskPassphrase): PassphraseMemory => {
  let known: string | null = null
  return {
    ask: async () => (known ??= await ask()),
    set: (passphrase) => {
      known = passphrase
    },
  }
}
