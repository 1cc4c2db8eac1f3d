import type { AppliedTarget, Journal, StateFiles } from "./applied-state.ts"
import type { Form } from "./form.ts"
import type { RestartEnd } from "./restart-app.ts"

/** What every step of a delivery works with. */
export interface DeliveryParts {
  files: StateFiles
  formAt(target: AppliedTarget): Form
  /** null where the target names no command. */
  restart: (() => Promise<RestartEnd>) | null
}

export interface DeliveryEnd {
  restarted: boolean
  isAppBack: boolean | null
  isRestored: boolean
}

export const NOT_RESTARTED: DeliveryEnd = { restarted: false, isAppBack: null, isRestored: false }

/** From the moment that the new stands in its place: restarts where that is owed, and puts the old back where the app does not come back. */
export const endApply = async (parts: DeliveryParts, journal: Journal): Promise<DeliveryEnd> => {
  if (!journal.isRestartOwed || parts.restart === null) return commit(parts, journal, NOT_RESTARTED)
  const { isRestarted, isBack } = await parts.restart()
  if (isBack) return commit(parts, journal, { restarted: true, isAppBack: true, isRestored: false })
  try {
    parts.files.writeJournal({ ...journal, act: "restore" })
  } catch {
    // Where there is no room for a note the app needs its old file all the same. Killed here, the next delivery repairs.
  }
  const end = await endRestore(parts, journal)
  return { ...end, restarted: end.restarted || isRestarted }
}

const commit = (parts: DeliveryParts, journal: Journal, end: DeliveryEnd): DeliveryEnd => {
  parts.files.writeStateAndEnd(journal.next)
  parts.formAt(journal.target).sweep()
  return end
}

/** The state was never changed: it still tells of the old. */
export const endRestore = async (parts: DeliveryParts, { target, id, hadOld }: Journal): Promise<DeliveryEnd> => {
  const form = parts.formAt(target)
  form.restore(id, hadOld)
  const end = parts.restart === null ? null : await parts.restart()
  parts.files.removeJournal()
  form.sweep()
  return { restarted: end?.isRestarted ?? false, isAppBack: end?.isBack ?? null, isRestored: true }
}

/** Whatever the app says to it: a secret whose time is over comes back for no reason. */
export const endWipe = async (parts: DeliveryParts, { target, next, isCreated }: Journal): Promise<DeliveryEnd> => {
  const form = parts.formAt(target)
  form.remove(isCreated)
  form.sweep()
  const end = parts.restart === null ? null : await parts.restart()
  parts.files.writeState(next)
  parts.files.removeJournal()
  return { restarted: end?.isRestarted ?? false, isAppBack: end?.isBack ?? null, isRestored: false }
}

