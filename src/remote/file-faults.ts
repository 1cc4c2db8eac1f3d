import { SecretError } from "../base/errors.ts"

/** What a person can do about it, by the system's word for the fault. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  ENOSPC: "Make room on that disk, then deliver again.",
  EDQUOT: "Raise the quota or make room, then deliver again.",
  EROFS: "The disk is mounted for reading only: choose another path, or mount it for writing.",
  EACCES: "Give the daemon's user the folder, or choose another path.",
  EPERM: "Give the daemon's user the folder, or choose another path.",
}

/** @returns a SecretError as it is, anything else as `file_not_written` with the path and the system's word for the fault */
export const notWritten = (path: string, cause: unknown): SecretError => {
  if (cause instanceof SecretError) return cause
  const errno = (cause as NodeJS.ErrnoException).code ?? "unknown"
  return new SecretError("file_not_written", `${path} could not be written: ${errno}`, {
    details: { path, errno },
    help: NEXT_STEPS[errno] ?? "See to that file system, then deliver again.",
    cause,
  })
}

/** Runs file code whose faults carry the path. @throws SecretError */
export const writing = <T>(path: string, work: () => T): T => {
  try {
    return work()
  } catch (cause) {
    throw notWritten(path, cause)
  }
}

export const unsafeFile = (path: string, why: string, help: string): SecretError =>
  new SecretError("unsafe_file", `${path} ${why}`, { details: { path }, help })
