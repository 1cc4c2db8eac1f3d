import { prepareRunsFolder, RunRecords } from "../runner/jobs/run-records.ts"
import { packageVersion } from "./package-version.ts"

interface Checked {
  root: string
  /** Absolute. */
  path: string
  errors: readonly string[]
  /** Milliseconds. */
  startedAt: number
}

/** The record of a check: what was looked at, and what was wrong with it. @returns its path @throws SecretError `storage_unavailable` */
export const writeCheckReceipt = ({ root, path, errors, startedAt }: Checked): string => {
  const folder = `${prepareRunsFolder(root)}/receipts`
  const runId = `${startedAt}-check-${process.pid}`
  const records = new RunRecords({ folder, runId, redactJson: (value) => value, clock: Date.now }) // no value was resolved
  const valid = errors.length === 0
  const finishedAt = Date.now()
  const receipt = records.document(`${runId}.json`, "sotto-jobs-check", {
    sotto_version: packageVersion(),
    command: ["sotto", "jobs", "check"],
    started_at: new Date(startedAt).toISOString(),
    finished_at: new Date(finishedAt).toISOString(),
    duration_ms: finishedAt - startedAt,
    status: valid ? "success" : "failure",
    exit_code: valid ? 0 : 1,
    workflow_schema_v1: { workflow_path: path, valid, errors },
  })
  if (records.failure !== null) throw records.failure
  return receipt
}
