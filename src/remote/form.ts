import type { Refusal } from "../envfile/env-format.ts"
import type { DeliveredSecret } from "./delivery.ts"

/** What a person should know although it was done. */
export type WarningCode = "mode_tightened" | "also_outside"
export interface DeliveryWarning {
  /** Null where it is about the file. */
  key: string | null
  code: WarningCode
}

/** How the secrets of a delivery lie on the disk: as a file, a block of a file, or a folder of files. */
export interface Form {
  /** By name alone, whatever stands at the target. */
  refusedOf(secrets: readonly DeliveredSecret[]): Refusal[]
  /** Looks at what stands there and writes nothing. @throws SecretError `unsafe_file`, `already_exists`, `file_not_written` */
  survey(order: SurveyOrder): Promise<Survey>
  /** True once `replace` was done for these names. */
  isReplaced(id: string): boolean
  /** The one step that a reader can see. */
  replace(id: string): void
  /** Puts back what stood before `replace`. Idempotent. */
  restore(id: string, hadOld: boolean): void
  /** Removes what lies beside the target and is not of it. @returns how many things */
  sweep(): number
  /** Takes everything away that was delivered. Idempotent. */
  remove(isCreated: boolean): void
  /** As an app reads them; none where nothing stands. */
  variables(): ReadonlyMap<string, string>
}

export interface SurveyOrder {
  secrets: readonly DeliveredSecret[]
  /** True where the daemon's state says that what stands there is its own. */
  isOwn: boolean
}

export interface Survey {
  /** By key, what the app is given now. */
  values: ReadonlyMap<string, string>
  warnings: DeliveryWarning[]
  /** True where an app reads something else there although the values are the same. */
  isReadOtherwise: boolean
  /** True where the file, or the folder, is there. */
  isThere: boolean
  /** True where there is something to put back. */
  hadOld: boolean
  /** True where exactly this stands there, as a delivery of that generation writes it. */
  isWritten(generation: number): boolean
  /** Lays the new beside the target and keeps the old, both on the disk. Nothing of it stays where that fails. */
  prepare(id: string, generation: number): void
  /** True where somebody else wrote there since. */
  isStale(): boolean
}

