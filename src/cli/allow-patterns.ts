import type { Call } from "./command.ts"

/** Patterns of --allow and SOTTO_ALLOW; null for none, which allows everything. */
export const allowPatternsOf = ({ options, env }: Pick<Call, "options" | "env">): string[] | null => {
  const patterns = [...options.texts("allow"), ...(env.SOTTO_ALLOW ?? "").split(",").map((pattern) => pattern.trim())].filter((pattern) => pattern !== "")
  return patterns.length > 0 ? patterns : null
}
