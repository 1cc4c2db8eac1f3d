import { existsSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import * as z from "zod/mini"
import { SecretError } from "../../base/errors.ts"
import { Namespace } from "../../core/shapes.ts"
import { parseArgs } from "../../core/use-case.ts"
import type { Call } from "../command.ts"
import { PROJECT_FILE } from "../workspace.ts"

export const init = async ({ args, screen }: Call): Promise<void> => {
  const folder = process.cwd()
  const { namespace: workspace } = parseArgs(z.strictObject({ namespace: Namespace }), { namespace: args[0] ?? basename(folder) })
  const path = join(folder, PROJECT_FILE)
  if (existsSync(path)) throw new SecretError("already_exists", `${PROJECT_FILE} exists already`, { help: "Edit it, or remove it first." })
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, projectFile(workspace), { flag: "wx" })
  if (screen.isJson) screen.json({ file: PROJECT_FILE, workspace })
  else screen.note(`Wrote ${PROJECT_FILE}: commands in this folder work in the workspace ${workspace}. Commit it; it holds no secret.`)
}

const PLAIN_YAML = /^[A-Za-z0-9](?:[\w.@/:-]*[\w.@/-])?$/

const projectFile = (workspace: string): string =>
  `# Which workspace of Sotto this project's commands work in. No secrets here.\nworkspace: ${PLAIN_YAML.test(workspace) ? workspace : JSON.stringify(workspace)}\n`
