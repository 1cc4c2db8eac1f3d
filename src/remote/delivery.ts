import type { EnvFormat, RefusalCode } from "../envfile/env-format.ts"

/** Where a daemon writes, by its own configuration: no message from outside names a path or a command. */
export interface DeliveryTarget {
  format: EnvFormat
  /**
   * `file`: the whole file at `path` is the daemon's. `block`: a marked block in a file that others write too (not for json).
   * `folder`: one file for each secret below `path`, on tmpfs, and at `path`/env the `KEY_FILE` variables in `format`.
   */
  mode: "file" | "block" | "folder"
  /** Absolute. */
  path: string
  /** `folder` on a disk as well: what is deleted there may be read from the disk for long. */
  mayBeOnDisk?: boolean
  restart?: {
    /** An absolute program and its arguments; no shell. */
    command: readonly string[]
    timeoutMs: number
    /** Ends with 0 once the app is back; asked again until `timeoutMs`. Absent: the end of `command` tells. */
    check?: readonly string[]
  }
}

export interface DeliveredSecret {
  key: string
  version: number
  value: string
}

/** Everything that the app is to have; what is not among it is taken away. */
export interface Delivery {
  generation: number
  secrets: readonly DeliveredSecret[]
  restart: "auto" | "never"
}

/** What was done, by name. */
export interface DeliveryResult {
  added: string[]
  updated: string[]
  removed: string[]
  unchanged: number
  /** Nothing is written where one is refused: the old file stays. */
  refused: { key: string; code: RefusalCode }[]
  restarted: boolean
  /** Null where nothing was restarted. */
  isAppBack: boolean | null
  /** True where the app did not come back and the old file was put back. */
  isRestored: boolean
}
