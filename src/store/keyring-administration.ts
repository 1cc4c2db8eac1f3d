import { randomBytes } from "node:crypto"
import { wipe } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import type { StoreContext } from "../core/context.ts"
import { encodeKey, formatKeyRing, parseKeyRing, type KeyEntry } from "../core/key-ring-text.ts"
import type { Actor } from "../core/principal.ts"
import { withLease } from "../core/lease.ts"
import { retireKey } from "../core/retire-key.ts"
import { isSharedKeyFile } from "./event-mark.ts"
import { isKeyFileSealed, keyFileText, readKeyFile, replaceKeyFile } from "./key-file.ts"
import type { PassphraseMemory } from "./passphrase-memory.ts"
import type { StoreSettings } from "./settings.ts"

/** Changes the ring where it lives in a file, in the name of `actor`, else of whoever opened the store. @throws SecretError `not_supported` where it comes from a variable */
export interface KeyringAdministration {
  /** Makes a new key, writes it to the file, and makes it the active one. */
  addKey(actor?: Actor): Promise<{ version: number }>
  /**
   * Retires a key in the store, then takes it out of the file, unless other stores were opened with that file: they may need
   * it still. @throws SecretError `key_in_use`
   */
  retireKey(version: number, actor?: Actor): Promise<{ version: number }>
  /** Seals the file with a passphrase; null takes the seal off. */
  seal(passphrase: string | null): Promise<void>
}

/** A fresh random key, as an entry of a ring. */
export const newKey = (version: number): KeyEntry => {
  const bytes = randomBytes(32)
  const value = encodeKey(bytes)
  wipe(bytes)
  return { version, value }
}

/** The ring's file, read and written through the passphrase where it is sealed. */
interface RingFile {
  isFile: boolean
  isShared(ctx: StoreContext): boolean
  read(): Promise<KeyEntry[]>
  write(ring: readonly KeyEntry[]): Promise<void>
}

export const createKeyringAdministration = (
  ctx: StoreContext,
  settings: StoreSettings,
  passphrase: PassphraseMemory,
): KeyringAdministration => {
  const file = ringFile(settings, passphrase)
  // two processes that rewrite one file would lose a key that the store already uses
  const alone = <T>(work: () => Promise<T>): Promise<T> => withLease(ctx, "changing the key ring", work)
  return {
    addKey: (actor = ctx.actor) => alone(() => addKey({ ...ctx, actor }, file)),
    retireKey: (version, actor = ctx.actor) => alone(() => retire({ ...ctx, actor }, file, version)),
    seal: (phrase) =>
      alone(async () => {
        const before = keyFileText(pathOf(settings))
        const ring = await file.read()
        await replaceKeyFile(pathOf(settings), formatKeyRing(ring), phrase ?? undefined, before)
        passphrase.set(phrase)
      }),
  }
}

const pathOf = (settings: StoreSettings): string => {
  if ("file" in settings.keys) return settings.keys.file
  throw new SecretError("not_supported", "this key ring comes from a variable, not from a file", {
    help: "Change SOTTO_KEYS yourself, or move the ring to a file.",
  })
}

const ringFile = (settings: StoreSettings, passphrase: PassphraseMemory): RingFile => {
  let before: string | null = null
  return {
    isFile: "file" in settings.keys,
    isShared: (ctx) => isSharedKeyFile(ctx, pathOf(settings)),
    read: async () => {
      before = keyFileText(pathOf(settings))
      return parseKeyRing((await readKeyFile({ path: pathOf(settings), askPassphrase: passphrase.ask })) ?? "")
    },
    write: async (ring) => {
      const path = pathOf(settings)
      await replaceKeyFile(path, formatKeyRing(ring), (await isKeyFileSealed(path)) ? await passphrase.ask() : undefined, before)
    },
  }
}

/** First the file, then the store: a key that the store uses is never only in memory. */
const addKey = async (ctx: StoreContext, file: RingFile): Promise<{ version: number }> => {
  const ring = await file.read()
  const known = await ctx.storage.all("listKeyVersions", {})
  const version = Math.max(...ring.map((key) => key.version), ...known.map((key) => key.version)) + 1
  await file.write([...ring, newKey(version)])
  await ctx.keys.refresh(ctx.actor.principal)
  return { version }
}

/** First the store, then the file: a key that the store still needs is never taken out. */
const retire = async (ctx: StoreContext, file: RingFile, version: number): Promise<{ version: number }> => {
  const retired = await retireKey(ctx, { version })
  if (!file.isFile || file.isShared(ctx)) return retired
  await file.write((await file.read()).filter((key) => key.version !== version))
  await ctx.keys.refresh()
  return retired
}
