/** Where a walk over the stored secrets stands: which key version's, behind which of them. */
export interface WalkPosition {
  keyVersion: number
  namespace: string
  /** Hexadecimal. */
  secretId: string
}

/** The one walk that all workers share, or one's own from a place on. */
export type Walk = "shared" | WalkPosition

/** A step of a rotation, as plain data: it may run in a worker thread. */
export interface BatchRequest {
  mode: "rewrap" | "reencrypt"
  walk: Walk
  /** The time that events bear. */
  at: number
  batchSize: number
}

/** Counted in stored versions. */
export interface BatchResult {
  rotated: number
  /** What does not open although its key is at hand. */
  skipped: number
  /** How to go on; null at the end of the walk. */
  next: Walk | null
}
