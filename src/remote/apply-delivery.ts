import { randomBytes } from "node:crypto"
import { SecretError } from "../base/errors.ts"
import { NOTHING_APPLIED, type AppliedTarget, type AppliedState, type Journal } from "./applied-state.ts"
import type { Delivery, DeliveredSecret, DeliveryResult } from "./delivery.ts"
import { endApply, endWipe, NOT_RESTARTED, type DeliveryEnd, type DeliveryParts } from "./end-delivery.ts"
import type { DeliveryWarning, Form, Survey } from "./form.ts"

/** How often somebody else may write to the file while the daemon is about to. */
const ATTEMPTS = 5

export interface AppliedResult extends DeliveryResult {
  warnings: DeliveryWarning[]
}

type Changes = Pick<DeliveryResult, "added" | "updated" | "removed" | "unchanged">

interface Look {
  form: Form
  state: AppliedState
  survey: Survey
  result: AppliedResult
}

const NO_CHANGES: Changes = { added: [], updated: [], removed: [], unchanged: 0 }

/** What a delivery would do. Writes nothing. @throws SecretError as `applyDelivery` */
export const planDelivery = async (parts: DeliveryParts, target: AppliedTarget, delivery: Delivery): Promise<AppliedResult> =>
  refusal(parts, target, delivery) ?? (await look(parts, target, delivery)).result

/** Null where the format carries every value. */
const refusal = (parts: DeliveryParts, target: AppliedTarget, { secrets }: Delivery): AppliedResult | null => {
  const refused = parts.formAt(target).refusedOf(secrets)
  return refused.length === 0 ? null : { ...NO_CHANGES, refused, warnings: [], ...NOT_RESTARTED }
}

const look = async (parts: DeliveryParts, target: AppliedTarget, { secrets }: Delivery): Promise<Look> => {
  const form = parts.formAt(target)
  const state = parts.files.readState()
  const survey = await form.survey({ secrets, isOwn: state.target?.path === target.path })
  return { form, state, survey, result: { ...changesOf(survey.values, secrets), refused: [], warnings: survey.warnings, ...NOT_RESTARTED } }
}

const changesOf = (values: ReadonlyMap<string, string>, secrets: readonly DeliveredSecret[]): Changes => {
  const wanted = new Set(secrets.map(({ key }) => key))
  const added = secrets.filter(({ key }) => !values.has(key)).map(({ key }) => key)
  const updated = secrets.filter(({ key, value }) => values.has(key) && values.get(key) !== value).map(({ key }) => key)
  const removed = [...values.keys()].filter((key) => !wanted.has(key))
  return { added, updated, removed, unchanged: secrets.length - added.length - updated.length }
}

/**
 * Makes what stands at the target what the delivery says; nothing is written where it does already, or where one value is refused.
 * @throws SecretError `unsafe_file`, `already_exists`, `not_supported`, `file_not_written`; the old stands then
 */
export const applyDelivery = async (parts: DeliveryParts, target: AppliedTarget, delivery: Delivery): Promise<AppliedResult> => {
  const refused = refusal(parts, target, delivery)
  if (refused !== null) return refused
  leaveLastTarget(parts, target)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const seen = await look(parts, target, delivery)
    const end = await carryOut(parts, target, delivery, seen)
    if (end !== null) return { ...seen.result, ...end }
  }
  throw new SecretError("version_conflict", `${target.path} was changed each time that it was about to be written`, { details: { path: target.path }, help: "See who else writes to it, then deliver again." })
}

/** Where the target is another now, what was delivered at the last one is taken away. Another format is no other target. */
const leaveLastTarget = ({ files, formAt }: DeliveryParts, target: AppliedTarget): void => {
  const { target: last, isCreated, generation } = files.readState()
  if (last === null || (last.path === target.path && last.mode === target.mode)) return
  formAt(last).remove(isCreated)
  files.writeState({ ...NOTHING_APPLIED, generation })
}

/** @returns null where somebody else wrote there since the survey */
const carryOut = async (parts: DeliveryParts, target: AppliedTarget, delivery: Delivery, { form, state, survey, result }: Look): Promise<DeliveryEnd | null> => {
  const next: AppliedState = {
    v: 1, generation: delivery.generation, writtenIn: state.writtenIn, target, isWiped: false,
    isCreated: state.target === null ? !survey.isThere : state.isCreated,
    secrets: delivery.secrets.map(({ key, version }) => ({ key, version })),
  }
  if (state.target !== null && survey.isWritten(state.writtenIn)) {
    parts.files.writeState(next)
    return NOT_RESTARTED
  }
  const isChanged = survey.isReadOtherwise || result.added.length + result.updated.length + result.removed.length > 0
  const journal: Journal = {
    v: 1, act: "apply", id: randomBytes(6).toString("hex"), target, hadOld: survey.hadOld, isCreated: next.isCreated,
    isRestartOwed: isChanged && delivery.restart === "auto" && parts.restart !== null,
    next: { ...next, writtenIn: delivery.generation },
  }
  return replace(parts, form, survey, journal) ? endApply(parts, journal) : null
}

/** False where somebody else wrote there since the survey; then and where it fails nothing stays of the new. */
const replace = ({ files }: DeliveryParts, form: Form, survey: Survey, journal: Journal): boolean => {
  survey.prepare(journal.id, journal.next.generation)
  try {
    files.readyState(journal.next)
    files.writeJournal(journal)
    const isStale = survey.isStale()
    if (!isStale) form.replace(journal.id)
    else giveUp(files, form)
    return !isStale
  } catch (error) {
    if (!form.isReplaced(journal.id)) giveUp(files, form)
    throw error
  }
}

const giveUp = (files: DeliveryParts["files"], form: Form): void => {
  files.removeJournal()
  form.sweep()
}

/** @returns the keys that were taken away; null where nothing was delivered */
export const wipeDelivery = async (parts: DeliveryParts): Promise<{ removed: string[]; end: DeliveryEnd } | null> => {
  const { files } = parts
  const [state, underWay] = [files.readState(), files.readJournal()]
  const target = underWay?.target ?? state.target
  if (target === null) return null
  const removed = [...new Set([...state.secrets, ...(underWay?.next.secrets ?? [])].map(({ key }) => key))]
  const next = { ...NOTHING_APPLIED, generation: state.generation, isWiped: true }
  const journal: Journal = { v: 1, act: "wipe", id: "", target, hadOld: true, isCreated: underWay?.isCreated ?? state.isCreated, isRestartOwed: true, next }
  try {
    files.writeJournal(journal)
  } catch {
    // A full disk keeps no secret: what is deleted makes room, and without the note this is done again.
  }
  return { removed, end: await endWipe(parts, journal) }
}
