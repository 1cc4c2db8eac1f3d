import { isSecretError } from "../../base/errors.ts"
import { assertNoDebugTrace } from "../../core/references/debug-trace.ts"
import type { Problem } from "../../core/references/problem.ts"
import { resolveReferences, type Resolution } from "../../core/references/resolve-references.ts"
import { schemeOf } from "../../core/references/reference-text.ts"
import type { SecretSpec } from "../../core/references/secret-spec.ts"
import type { GraphJob } from "./graph.ts"
import type { JobContext } from "./job-context.ts"
import type { JobLog } from "./job-log.ts"

/**
 * The values of a job's secrets, which the redactor knows when this returns. Each secret leaves an event that says its name, its
 * scheme and what became of it.
 * @throws SecretError `SECRETS_*`; `aborted`
 */
export const resolveSecrets = async (job: GraphJob, context: JobContext, log: JobLog): Promise<Resolution> => {
  const { redactor, onEvent } = context
  try {
    // A container has none of this process's variables.
    assertNoDebugTrace(job.secrets, { ...(job.image === undefined && context.env), ...job.variables })
    const resolution = await resolveReferences({ specs: job.secrets, providers: context.providers, setting: context.setting, signal: context.signal })
    for (const { name, value } of resolution.secrets) redactor.add(name, value.reveal())
    for (const spec of job.secrets) tell(spec, resolution.skipped.find(({ name }) => name === spec.name), "skipped", log)
    for (const { name, reason } of resolution.skipped) onEvent({ type: "secret.skipped", job: job.name, name, reason })
    return resolution
  } catch (error) {
    const problems = isSecretError(error) ? ((error.details.problems ?? []) as Problem[]) : []
    for (const problem of problems) {
      const spec = job.secrets.find(({ name }) => name === problem.name)
      if (spec !== undefined) tell(spec, problem, "failed", log)
    }
    throw error
  }
}

/** Never a value, its length, a hash of it, or where the reference leads. */
const tell = (spec: SecretSpec, problem: Problem | undefined, status: "skipped" | "failed", log: JobLog): void => {
  const fields = {
    phase_code: "job.provider_prepare",
    phase_family: "provider_prepare",
    type: "secret.resolve",
    status: problem === undefined ? "resolved" : status,
    ...(problem !== undefined && { error_code: problem.code, reason: problem.reason }),
    secret_name: spec.name,
    provider_scheme: schemeOf(spec.reference) ?? "none",
    required: spec.required,
    injection: spec.file ? "file" : "env",
  }
  log.system("provider", fields)
  log.event(fields)
}
