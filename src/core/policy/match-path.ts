/** Whether a path is one of a rule's: `*` stands for one segment, `**` at the end for whatever follows. Letters keep their case. */
export const matchesPath = (pattern: string, path: string): boolean => {
  const segments = path.split("/")
  if (!pattern.endsWith("**")) return matchesSegments(written(pattern).split("/"), segments)
  const fixed = written(pattern.slice(0, -2)).split("/")
  const begin = fixed.pop() as string
  const next = segments[fixed.length]
  return next !== undefined && next.startsWith(begin) && matchesSegments(fixed, segments.slice(0, fixed.length))
}

const matchesSegments = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length && pattern.every((each, i) => (each === "*" ? segments[i] !== "" : segments[i] === each))

/** As the path of a URL has it: a rule may hold letters that are percent-encoded there. */
const written = (path: string): string => new URL(`https://host.invalid${path}`).pathname
