/** Of continuous-integration systems: known, and refused by name with what to do instead. */
export const REFUSED_IN_JOBS: Readonly<Record<string, string>> = {
  rules: "remove rules: Sotto is no CI system and runs every job of a file; choose with --job",
  services: "remove services: Sotto is no CI system; start what the job needs in its script",
  cache: "remove cache: Sotto is no CI system and keeps nothing between runs",
  artifacts: "remove artifacts: Sotto is no CI system; a script may copy what should stay to a folder of your own",
  invariant: "remove invariant: Sotto is no CI system; check in the script",
  runner_pool: "remove runner_pool: Sotto is no CI system; jobs run on this machine",
}

export const REFUSED_AT_ROOT: Readonly<Record<string, string>> = {
  ...REFUSED_IN_JOBS,
  workflow: "remove workflow: Sotto is no CI system and runs every job of a file; choose with --job",
  secrets: "move secrets to a job",
}

export const JOB_KEYS = ["stage", "target", "script", "extends", "needs", "image", "variables", "secrets"] as const

export type JobKey = (typeof JOB_KEYS)[number]

export const ROOT_KEYS = ["version", "stages", "include", "variables", "default"] as const

const WORDS: ReadonlySet<string> = new Set([...JOB_KEYS, ...ROOT_KEYS, ...Object.keys(REFUSED_AT_ROOT), "ref", "file", "required", "local", "name", "build"])

const JOB = /^\.?[a-z][a-z0-9_-]{0,63}$/
const VARIABLE = /^[A-Z_][A-Z0-9_]{0,127}$/
const POSITION = /^[0-9]{1,6}$/

/** Of a path in a job file: whether its last key is a word of the grammar, or a name that follows its pattern. Any other may be a value in the wrong place. */
export const isSpeakable = (key: string, above: readonly string[]): boolean => {
  if (WORDS.has(key)) return true
  if (above.length === 0) return JOB.test(key)
  const parent = above.at(-1)
  return POSITION.test(key) || ((parent === "variables" || parent === "secrets") && VARIABLE.test(key))
}

/** The known key that somebody may have meant; null where none is near. */
export const meantBy = (key: string, known: readonly string[]): string | null =>
  known.find((each) => each === key.toLowerCase() || isOneEditApart(each, key)) ?? null

const isOneEditApart = (a: string, b: string): boolean => {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (long.length - short.length > 1) return false
  const at = [...short].findIndex((letter, i) => letter !== long[i])
  if (at === -1) return true
  const isSwapped = short.length === long.length && short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2)
  return isSwapped || short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1)
}
