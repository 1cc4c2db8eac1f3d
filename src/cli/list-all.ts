import type { Backend, Listed } from "./backend.ts"

const PAGE = 500

/** Every page, by name. */
export const listAll = async (
  backend: Pick<Backend, "list">,
  query: { workspace: string; prefix?: string; state?: "active" | "expired" },
): Promise<Listed[]> => {
  const all: Listed[] = []
  for (let cursor: string | null = null; ; ) {
    const { page, isDone, continueCursor } = await backend.list({ ...query, limit: PAGE, cursor })
    all.push(...page)
    if (isDone) return all
    cursor = continueCursor
  }
}
