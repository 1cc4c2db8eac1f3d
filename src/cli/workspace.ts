import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { SecretError } from "../base/errors.ts"
import { DEFAULT_NAMESPACE } from "../core/limits.ts"
import type { Call } from "./command.ts"

export const PROJECT_FILE = join(".sotto", "config.yml")

/** `-w`, else SOTTO_WORKSPACE, else what the project's file says, else `default`. */
export const workspaceOf = async ({ options, env }: Pick<Call, "options" | "env">): Promise<string> =>
  options.text("workspace") ?? (env.SOTTO_WORKSPACE || (await projectWorkspace(process.cwd()))) ?? DEFAULT_NAMESPACE

/** Looks for `.sotto/config.yml` from `folder` upwards. @throws SecretError `invalid_argument` for one that says nothing useful */
export const projectWorkspace = async (folder: string): Promise<string | undefined> => {
  const path = join(folder, PROJECT_FILE)
  const text = readIfThere(path)
  if (text !== null) return parseProjectFile(text, path)
  const above = dirname(folder)
  return above === folder ? undefined : projectWorkspace(above)
}

const readIfThere = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return null
    throw new SecretError("invalid_argument", `${path} cannot be read`, { cause: error })
  }
}

/** The file as `sotto init` writes it: a plain word needs no YAML parser, which would cost more than the rest of the start. */
const ONE_LINE = /^(?:[ \t]*(?:#[^\n]*)?\n)*workspace:[ \t]+([A-Za-z0-9](?:[\w.@/:-]*[\w.@/-])?)[ \t]*\n?$/

const parseProjectFile = async (text: string, path: string): Promise<string | undefined> => {
  const plain = ONE_LINE.exec(text)?.[1]
  if (plain !== undefined) return plain
  const content = await parseYaml(text, path)
  if (content === null) return undefined
  const workspace = typeof content === "object" ? (content as { workspace?: unknown }).workspace : content
  if (workspace === undefined) return undefined
  if (typeof workspace === "string" && workspace !== "") return workspace
  throw new SecretError("invalid_argument", `${path} must name a workspace: workspace: NAME`)
}

const parseYaml = async (text: string, path: string): Promise<unknown> => {
  const { parse } = await import("yaml")
  try {
    return parse(text, { schema: "failsafe" }) as unknown // every scalar is text: 007 stays 007
  } catch (cause) {
    throw new SecretError("invalid_argument", `${path} is not YAML`, { cause })
  }
}
