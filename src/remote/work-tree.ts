import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { SecretError } from "../base/errors.ts"
import { factsOf } from "./careful-file.ts"
import { hasSucceeded, type RunProgram } from "./run-program.ts"

/** Where systems keep it. A search path could be somebody else's. */
const GIT_PLACES = ["/usr/bin/git", "/usr/local/bin/git", "/bin/git", "/opt/homebrew/bin/git", "/run/current-system/sw/bin/git"]
const TIMEOUT_MS = 10_000
/** The repository may be an agent's: nothing that its configuration names is run. */
const RUN_NOTHING = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]

/**
 * Refuses to write into a git work tree what git would take up with the next `git add`. Git itself answers: its rules have
 * negations, per-folder files and an exclude file of the repository, and a file that is tracked already is not ignored.
 * @param names of the files that will stand in `folder`, also for a moment
 * @throws SecretError `unsafe_file`
 */
export const assertUntracked = async (folder: string, names: readonly string[], run: RunProgram): Promise<void> => {
  const top = workTreeAbove(folder)
  if (top === null) return
  const git = GIT_PLACES.find((place) => existsSync(place))
  if (git === undefined) throw tracked(folder, names, `lies in the git work tree ${top}, and there is no git to ask whether it is ignored`, "Install git, or deliver to a path outside of the work tree.")
  for (const name of names) {
    const end = await run([git, ...RUN_NOTHING, "-C", top, "check-ignore", "-q", "--", join(folder, name)], { timeoutMs: TIMEOUT_MS })
    if (hasSucceeded(end)) continue
    if (typeof end === "object" && end.exitCode === 1) {
      throw tracked(folder, names, `lies in the git work tree ${top} and is not ignored there`, `Add the line ${patternFor(names)} to .gitignore (and untrack the file if it is tracked), or deliver to a path outside of the work tree.`)
    }
    throw tracked(folder, names, `lies in the git work tree ${top}, and git does not say whether it is ignored`, "Run git status there as the daemon's user, or deliver to a path outside of the work tree.")
  }
}

const workTreeAbove = (folder: string): string | null => {
  for (let at = folder; ; at = dirname(at)) {
    if (factsOf(join(at, ".git")) !== null) return at
    if (at === dirname(at)) return null
  }
}

/** One line for the file and for the temporary ones beside it. */
const patternFor = (names: readonly string[]): string => `${names[0] ?? ""}*`

const tracked = (folder: string, names: readonly string[], why: string, help: string): SecretError => {
  const path = join(folder, names[0] ?? "")
  return new SecretError("unsafe_file", `${path} ${why}`, { details: { path }, help })
}
