/** What a job may say. */
export const JOB_KEYS = ["stage", "target", "script", "extends", "needs", "image", "variables", "secrets"] as const

export type JobKey = (typeof JOB_KEYS)[number]

export const ROOT_KEYS = ["version", "stages", "include", "variables", "default"] as const

export type RootKey = (typeof ROOT_KEYS)[number]

export const SPEC_KEYS = ["ref", "file", "required"] as const

/** What the original's grammar has and a CI system needs; each with what stands in the message. */
const REFUSED: Readonly<Record<string, string>> = {
  rules: "decide in the script whether there is something to do",
  workflow: "decide in the script whether there is something to do",
  services: "start what the job needs in its script",
  cache: "keep what should last outside the workspace",
  artifacts: "hand results on in the script",
  invariant: "test it in the script",
  runner_pool: "jobs run on this machine",
}

export const BUILD_FIX = "remove build, because Sotto is no CI system: build the image beforehand and name it in image"

/** The fix for a key that is known and not built in; null for any other. */
export const refusalOf = (key: string): string | null =>
  Object.hasOwn(REFUSED, key) ? `remove ${key}, because Sotto is no CI system: ${REFUSED[key] ?? ""}` : null

const OTHERS = ["local", "name", "build"]

const WORDS: ReadonlySet<string> = new Set([...JOB_KEYS, ...ROOT_KEYS, ...SPEC_KEYS, ...Object.keys(REFUSED), ...OTHERS])

export const isWord = (key: string): boolean => WORDS.has(key)

/** A leading dot makes a template. */
const JOB_NAME = /^\.?[a-z][a-z0-9_-]{0,63}$/
const STAGE_NAME = /^[a-z][a-z0-9_-]{0,31}$/
const VARIABLE = /^[A-Z_][A-Z0-9_]{0,255}$/

export const isJobName = (text: string): boolean => JOB_NAME.test(text)
export const isTemplate = (name: string): boolean => name.startsWith(".")
export const isStageName = (text: string): boolean => STAGE_NAME.test(text)
export const isVariable = (text: string): boolean => VARIABLE.test(text)

const MAX_DISTANCE = 2
const MAX_LENGTH = 20

/** The word that was probably meant; null where none is near. */
export const nearest = (key: string, words: readonly string[]): string | null => {
  if (key.length > MAX_LENGTH) return null
  const near = words.map((word) => ({ word, far: distance(key, word) })).toSorted((a, b) => a.far - b.far)[0]
  return near !== undefined && near.far <= Math.min(MAX_DISTANCE, near.word.length - 2) ? near.word : null
}

/** How many letters to add, drop or change. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++)
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (b[j] === letter ? 0 : 1)))
    row = next
  }
  return row[b.length] ?? 0
}
