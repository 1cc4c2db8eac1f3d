import type { EffectiveJob } from "./effective-jobs.ts"
import type { Faults, Located } from "./faults.ts"
import type { JobPart } from "./job-part.ts"

/** Looks at the text of a reference alone: what is wrong with it, in a word, or null. */
export type CheckReference = (reference: string) => Promise<string | null>

const TRACED = /(?:^|[;&|\s])(?:set\s+-[a-z]*x|set\s+-o\s+xtrace|(?:ba|da|z)?sh\s+-[a-z]*x)/m

/** Faults in references, each where it is written, whether or not a job takes it over. */
export const checkReferences = async (parts: Iterable<JobPart>, checkReference: CheckReference, faults: Faults): Promise<void> => {
  for (const { secrets } of parts)
    for (const { value, place } of secrets.values()) {
      const reason = await checkReference(value.reference)
      if (reason !== null) faults.add({ ...place, path: [...place.path, "ref"] }, `write a reference that can be read (SECRETS_REF_INVALID, ${reason})`)
    }
}

/** About values that more could see than need to. */
export const warnOfValues = (jobs: readonly EffectiveJob[], faults: Faults): void => {
  const told = new Set<unknown>()
  for (const job of jobs)
    for (const secret of job.secrets.values()) {
      if (told.has(secret)) continue // from a template, for another job
      told.add(secret)
      if (!secret.value.file) warnOfValue(job, secret, faults)
    }
}

const warnOfValue = ({ script, image }: EffectiveJob, { place }: Located<unknown>, faults: Faults): void => {
  if (script.some(({ value }) => TRACED.test(value))) faults.warn(place, "the script traces its commands, and this value would stand in them: hand it over as a file")
  if (image !== undefined) faults.warn(place, "a value in a container's environment is there for every process of it: hand it over as a file")
}
