import type { AppliedPlace, Journal } from "./applied-state.ts"
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
export const recoverDelivery = async (parts: DeliveryParts, place: AppliedPlace): Promise<Recovery> => {
  const journal = parts.files.readJournal()
  if (journal === null) {
    parts.files.removeJournal() // half of one may be there
    return { did: sweepAt(parts, place) > 0 ? "swept" : "nothing", ...NOT_RESTARTED }
  }
  if (journal.act === "wipe") return { did: "wiped", ...(await endWipe(parts, journal)) }
  if (journal.act === "restore") return { did: "restored", ...(await endRestore(parts, journal)) }
  if (!parts.formAt(journal.place).isReplaced(journal.id)) return undo(parts, journal)
  const end = await endApply(parts, journal)
  return { did: end.isRestored ? "restored" : "completed", ...end }
}

/** Where the target says, and where the last one said. */
const sweepAt = (parts: DeliveryParts, place: AppliedPlace): number => {
  const { place: last } = parts.files.readState()
  return parts.formAt(place).sweep() + (last === null || last.path === place.path ? 0 : parts.formAt(last).sweep())
}

/** The journal goes first: with it, and without the temporary files, the new would be taken to stand in its place. */
const undo = (parts: DeliveryParts, { place }: Journal): Recovery => {
  parts.files.removeJournal()
  parts.formAt(place).sweep()
  return { did: "undone", ...NOT_RESTARTED }
}
