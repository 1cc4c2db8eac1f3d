import { SecretError } from "../../base/errors.ts"
import type { RotateResult } from "../../core/rotate.ts"
import type { KeyVersionStatus } from "../../core/rotation-status.ts"
import type { Call } from "../command.ts"
import { EXIT_CODES } from "../exit-codes.ts"
import { assertLocal, withBackend } from "../open-backend.ts"
import { openLocalStore } from "../open-local-store.ts"
import { parseWhole } from "../options.ts"
import { createProgressBar } from "../progress-bar.ts"
import { count, table, time } from "../table.ts"

export const keyringStatus = async (call: Call): Promise<void> => {
  const status = await withBackend(call, (backend) => backend.keyringStatus())
  call.screen.show(status, () => table(["KEY", "STATE", "AT HAND", "MADE", "STORED UNDER IT"], status.keys.map(row)))
  if (call.screen.isJson) return
  if (status.remaining > 0) call.screen.note(`${count(status.remaining, "version")} under older keys: run \`sotto keyring rotate\``)
  if (status.unavailable > 0) call.screen.note(`${count(status.unavailable, "version")} under keys that are not at hand`)
}

const row = (key: KeyVersionStatus): string[] => [
  String(key.version),
  key.state,
  key.isAtHand ? "yes" : "no",
  time(key.createdAt),
  count(key.versions, "version"),
]

export const keyringAdd = async (call: Call): Promise<void> => {
  const { version } = await withBackend(call, (backend) => backend.addKey())
  if (call.screen.isJson) return call.screen.json({ version })
  call.screen.note(`Made key version ${version}: everything new is written under it. Back the key file up again.`)
  call.screen.note("What is stored already moves with `sotto keyring rotate`.")
}

export const keyringRetire = async (call: Call): Promise<void> => {
  const wanted = parseWhole("VERSION", call.args[0] as string, { min: 0 })
  const { version } = await withBackend(call, (backend) => backend.retireKey(wanted))
  if (call.screen.isJson) call.screen.json({ version })
  else call.screen.note(`Retired key version ${version}: nothing needs it any more, and it is not used again`)
}

export const keyringRotate = async (call: Call): Promise<number> => {
  const { options, screen } = call
  const isDryRun = options.flag("dry-run")
  const isReencryption = options.flag("reencrypt")
  const stopping = new AbortController()
  call.onInterrupt(() => stopping.abort())
  const bar = createProgressBar(screen, isReencryption ? "Encrypting anew" : "Rotating")
  const result = await withBackend(call, (backend) =>
    backend.rotate({
      reencrypt: isReencryption,
      dryRun: isDryRun,
      signal: stopping.signal,
      onProgress: ({ rotated, skipped, remaining }) => bar.show(rotated + skipped, rotated + skipped + remaining),
    }),
  )
  bar.end()
  if (screen.isJson) screen.json(result)
  else sayRotated(call, result)
  return !result.isDone && !isDryRun ? EXIT_CODES.aborted : 0
}

const sayRotated = ({ screen, options }: Call, { rotated, skipped, remaining, isDone }: RotateResult): void => {
  if (options.flag("dry-run")) screen.note(`To do: ${count(remaining, "stored version")}. Nothing was changed.`)
  else screen.note(`${options.flag("reencrypt") ? "Encrypted anew" : "Moved"}: ${count(rotated, "stored version")}. No value changed.`)
  if (skipped > 0) screen.note(`${count(skipped, "stored version")} cannot be opened with this key ring: run \`sotto doctor\``)
  if (!isDone && !options.flag("dry-run")) screen.note(`Stopped with ${remaining} to go: run it again to finish`)
}

export const keyringSeal = async (call: Call): Promise<void> => {
  assertLocal(call, "keyring seal")
  const isRemoval = call.options.flag("remove")
  const { keyring, close } = await openLocalStore(call)
  try {
    await keyring.seal(isRemoval ? null : await newPassphrase(call))
  } finally {
    await close()
  }
  if (call.screen.isJson) call.screen.json({ sealed: !isRemoval })
  else if (isRemoval) call.screen.note("The key file is no longer sealed")
  else call.screen.note("The key file is sealed. Without the passphrase nothing in the store can be read: keep it safe.")
}

/** A passphrase that was mistyped once would lock its owner out. */
const newPassphrase = async ({ env, screen }: Call): Promise<string> => {
  const given = env.SOTTO_KEYS_PASSPHRASE
  if (given !== undefined && given !== "") return given
  if (!screen.isTerminal.stdin)
    throw new SecretError("invalid_argument", "there is no terminal to ask for the passphrase", { help: "Set SOTTO_KEYS_PASSPHRASE." })
  const { promptHidden } = await import("../prompt.ts")
  const first = await promptHidden(screen, "New passphrase: ")
  const second = await promptHidden(screen, "Again: ")
  if (first !== second) throw new SecretError("invalid_argument", "the two passphrases differ")
  return first
}
