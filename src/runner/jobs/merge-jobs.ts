import type { FileShape } from "./file-shape.ts"
import { cycleText, type Faults, type Found } from "./job-faults.ts"
import type { JobBody } from "./job-shape.ts"
import { isTemplate } from "./job-words.ts"

/** A job with everything that it takes over. */
export interface MergedJob extends JobBody {
  name: string
}

/** One template may stand in a thousand jobs: what comes of it is bounded, in entries and in quarters of a kilobyte. */
const MAX_WEIGHT = 100_000
const QUARTER = 256

/** Job over template over default over the file's variables. Templates are not among what is returned. */
export const mergeJobs = (shape: FileShape, faults: Faults): MergedJob[] => {
  const templates = createTemplates(shape, faults)
  const base: JobBody = { ...shape.default, variables: new Map([...shape.variables, ...shape.default.variables]) }
  const merged: MergedJob[] = []
  for (const [name, body] of shape.jobs) {
    const own = templates.withParents(name, body)
    if (!templates.hasRoom()) break
    if (!isTemplate(name)) merged.push({ ...over(base, own), name })
    templates.spend(base)
  }
  if (!templates.hasRoom()) faults.add(shape.at, "let fewer jobs share so much: put together they are too large")
  return merged
}

const createTemplates = ({ jobs }: FileShape, faults: Faults) => {
  const done = new Map<string, JobBody>()
  let left = MAX_WEIGHT

  const withParents = (name: string, body: JobBody, below: readonly string[] = []): JobBody => {
    const known = done.get(name)
    if (known !== undefined) return known
    const result = body.extends === undefined ? body : extended(name, { ...body, extends: body.extends }, [...below, name])
    left -= weightOf(result)
    done.set(name, result)
    return result
  }

  const extended = (name: string, body: JobBody & { extends: Found<string> }, chain: readonly string[]): JobBody => {
    const { at, value: parent } = body.extends
    const template = isTemplate(parent) ? jobs.get(parent) : undefined
    const from = chain.indexOf(parent)
    if (from !== -1) faults.add(template?.extends?.at ?? at, `resolve extends cycle by removing one extends edge: ${cycleText([...chain.slice(from), parent])}`)
    else if (template === undefined) faults.add(at, "set extends to the name of a template of this file or its includes")
    else if (left > 0) return over(withParents(parent, template, chain), body)
    return { ...body, faulty: new Set([...body.faulty, "extends"]) }
  }

  return {
    withParents: (name: string, body: JobBody): JobBody => withParents(name, body),
    spend: (body: JobBody): void => {
      left -= weightOf(body)
    },
    hasRoom: (): boolean => left > 0,
  }
}

/** Variables and secrets are merged name by name, everything else is replaced. */
const over = (base: JobBody, own: JobBody): JobBody => ({
  ...base,
  ...own,
  variables: new Map([...base.variables, ...own.variables]),
  secrets: new Map([...base.secrets, ...own.secrets]),
  faulty: new Set([...base.faulty, ...own.faulty]),
})

const weightOf = ({ script, needs, variables, secrets }: JobBody): number => {
  const texts = [...(script?.value ?? []), ...(needs?.value ?? []), ...variables.values()].map(({ value }) => value)
  const references = [...secrets.values()].map(({ value }) => value.reference)
  return [...texts, ...references].reduce((sum, text) => sum + 1 + Math.ceil(text.length / QUARTER), 1)
}
