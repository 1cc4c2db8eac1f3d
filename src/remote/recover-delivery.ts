import type { AppliedTarget, Journal } from "./applied-state.ts"
import { endApply, endRestore, endWipe, NOT_RESTARTED, type DeliveryEnd, type DeliveryParts } from "./end-delivery.ts"

/**
 * `swept`: temporary files of no use were there. `undone`: nothing had been replaced yet. `completed`: the new stood there, and
 * what was owed was done. `restored`: the old is back. `wiped`: nothing is left.
 */
export type RecoveredAct = "nothing" | "swept" | "undone" | "completed" | "restored" | "wiped"

export interface Recovery extends DeliveryEnd {
  did: RecoveredAct
}

/** Ends what a killed process, or one whose disk was full, left half done. */
export const recoverDelivery = async (parts: DeliveryParts, target: AppliedTarget): Promise<Recovery> => {
  const journal = parts.files.readJournal()
  if (journal === null) {
    parts.files.removeJournal() // half of one may be there
    return { did: sweepAt(parts, target) > 0 ? "swept" : "nothing", ...NOT_RESTARTED }
  }
  if (journal.act === "wipe") return { did: "wiped", ...(await endWipe(parts, journal)) }
  if (journal.act === "restore") return { did: "restored", ...(await endRestore(parts, journal)) }
  if (!parts.formAt(journal.target).isReplaced(journal.id)) return undo(parts, journal)
  const end = await endApply(parts, journal)
  return { did: end.isRestored ? "restored" : "completed", ...end }
}

/** Where the target says, and where the last one said. */
const sweepAt = (parts: DeliveryParts, target: AppliedTarget): number => {
  const { target: last } = parts.files.readState()
  return parts.formAt(target).sweep() + (last === null || last.path === target.path ? 0 : parts.formAt(last).sweep())
}

/** The journal goes first: with it, and without the temporary files, the new would be taken to stand in its place. */
const undo = (parts: DeliveryParts, { target }: Journal): Recovery => {
  parts.files.removeJournal()
  parts.formAt(target).sweep()
  return { did: "undone", ...NOT_RESTARTED }
}
