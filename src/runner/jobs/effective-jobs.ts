import type { Faults, Located } from "./faults.ts"
import type { JobPart, JobSecret } from "./job-part.ts"
import { isTemplate, type RootFile } from "./root-file.ts"

/** A job with all that it inherits. */
export interface EffectiveJob extends JobPart {
  name: string
  stage: Located<string>
  script: readonly Located<string>[]
}

/** Jobs over their templates over `default`; what the file says for all, `variables`, lies under them. */
export const effectiveJobs = (file: RootFile, jobs: ReadonlyMap<string, JobPart>, faults: Faults): EffectiveJob[] => {
  const room = new Room()
  const chains = new Chains(jobs, faults, room)
  const base: JobPart = { place: file.place, variables: file.variables, secrets: new Map(), faulty: new Set() }
  const under = file.default === null ? base : laidOver(base, file.default)
  const stages = new Set(file.stages.map(({ value }) => value))
  const found: EffectiveJob[] = []
  for (const [name, part] of jobs) {
    const whole = chains.of(name)
    if (isTemplate(name) || whole === null) continue
    const job = laidOver(under, whole)
    if (room.takes(job)) found.push(...complete({ name, part, job, stages }, faults))
  }
  if (room.isFull) faults.add(file.place, "let fewer jobs share so much: put together they are too large")
  return found
}

/** One template may stand in a thousand jobs, and a template in a thousand others: what comes of a file is bounded, in entries and in quarters of a kilobyte. */
class Room {
  #left = 100_000

  get isFull(): boolean {
    return this.#left <= 0
  }

  takes({ script, needs, variables, secrets }: JobPart): boolean {
    if (this.isFull) return false
    const texts = [...(script ?? []), ...(needs ?? []), ...variables.values()].map(({ value }) => value)
    const references = [...secrets.values()].map(({ value }) => value.reference)
    for (const text of [...texts, ...references]) this.#left -= 1 + Math.ceil(text.length / 256)
    return !this.isFull
  }
}

interface Completing {
  name: string
  /** As it is written. */
  part: JobPart
  job: JobPart
  stages: ReadonlySet<string>
}

const complete = ({ name, part, job, stages }: Completing, faults: Faults): EffectiveJob[] => {
  const missing = (["stage", "target", "script"] as const).filter((key) => job[key] === undefined && !job.faulty.has(key))
  for (const key of missing) faults.add(part.place, key === "script" ? "list the commands in script" : key === "stage" ? "set stage to one of stages" : "set target to linux")
  if (job.target !== undefined && job.target.value !== "linux") faults.add(job.target.place, "set target to linux; jobs run on this machine")
  const { stage, script } = job
  if (stage !== undefined && stages.size > 0 && !stages.has(stage.value)) faults.add(stage.place, "set stage to one of stages")
  for (const [key, { place }] of job.secrets) if (job.variables.has(key)) faults.add(place, `remove ${key} from either variables or secrets`)
  return stage === undefined || script === undefined ? [] : [{ ...job, name, stage, script }]
}

/** Mappings are merged key by key, everything else is replaced. A secret is replaced whole. */
const laidOver = (under: JobPart, over: JobPart): JobPart => ({
  ...under,
  ...over,
  variables: new Map([...under.variables, ...over.variables]),
  secrets: new Map<string, Located<JobSecret>>([...under.secrets, ...over.secrets]),
  faulty: new Set([...under.faulty, ...over.faulty]),
})

/** Each name with what it extends, worked out once. */
class Chains {
  readonly #jobs: ReadonlyMap<string, JobPart>
  readonly #faults: Faults
  readonly #room: Room
  readonly #known = new Map<string, JobPart | null>()
  readonly #open: string[] = []

  constructor(jobs: ReadonlyMap<string, JobPart>, faults: Faults, room: Room) {
    this.#jobs = jobs
    this.#faults = faults
    this.#room = room
  }

  /** null for what has no end or no beginning. */
  of(name: string): JobPart | null {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    this.#open.push(name)
    const whole = this.#follow(name, this.#jobs.get(name) as JobPart)
    this.#open.pop()
    this.#known.set(name, whole)
    return whole
  }

  #follow(name: string, part: JobPart): JobPart | null {
    if (part.extends === undefined) return part
    const { value: parent, place } = part.extends
    const start = this.#open.indexOf(parent)
    if (start !== -1) {
      this.#faults.add(place, `resolve extends cycle by removing one extends edge: ${[...this.#open.slice(start), parent].join(" -> ")}`)
      return null
    }
    if (!isTemplate(parent) || !this.#jobs.has(parent)) {
      this.#faults.add(place, "set extends to a template of this file or of one that it includes; its name begins with a dot")
      return null
    }
    const under = this.of(parent)
    return under === null || !this.#room.takes(under) ? null : laidOver(under, part)
  }
}
