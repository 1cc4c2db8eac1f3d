import type { GraphJob } from "./graph.ts"

export interface RunFacts {
  runId: string
  pipelineId: string
  /** Absolute. */
  jobFile: string
  /** Of the commit that is checked out; null where there is no git. */
  commit: { shortSha: string; branch: string | null } | null
}

/** What every job is told of itself, under our names, under Loom's, and under those that scripts for CI systems look for. */
export const predefinedVariables = (job: GraphJob, facts: RunFacts, projectDir: string): Record<string, string> => {
  const told: Record<string, string> = {
    CI: "true",
    RUN_ID: facts.runId,
    PIPELINE_ID: facts.pipelineId,
    WORKFLOW_PATH: facts.jobFile,
    JOB_NAME: job.name,
    JOB_ID: job.name,
    JOB_STAGE: job.stage,
    JOB_TARGET: job.target,
    ...(job.image !== undefined && { JOB_IMAGE: job.image }),
    PROVIDER: job.image === undefined ? "host" : "docker",
    PROJECT_DIR: projectDir,
  }
  const both = Object.entries(told).flatMap(([name, value]) => [[`SOTTO_${name}`, value], [`LOOM_${name}`, value]])
  return { ...Object.fromEntries(both), ...aliases(told, facts) }
}

const aliases = (told: Readonly<Record<string, string>>, { commit }: RunFacts): Record<string, string> => ({
  CI: "true",
  ...Object.fromEntries(["PIPELINE_ID", "JOB_NAME", "JOB_ID", "JOB_STAGE", "JOB_IMAGE", "PROJECT_DIR"].flatMap((name) => (told[name] === undefined ? [] : [[`CI_${name}`, told[name]]]))),
  ...(commit !== null && { CI_COMMIT_SHORT_SHA: commit.shortSha, ...(commit.branch !== null && { CI_COMMIT_BRANCH: commit.branch }) }),
})
