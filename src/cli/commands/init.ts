import { existsSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import * as z from "zod/mini"
import { SecretError } from "../../base/errors.ts"
import { Namespace } from "../../core/shapes.ts"
import { parseArgs } from "../../core/use-case.ts"
import type { Call } from "../command.ts"
import { PROJECT_REFERENCES } from "../reference-file.ts"
import { PROJECT_FILE } from "../workspace.ts"

export const init = async ({ args, screen }: Call): Promise<void> => {
  const folder = process.cwd()
  const { namespace: workspace } = parseArgs(z.strictObject({ namespace: Namespace }), { namespace: args[0] ?? basename(folder) })
  const path = join(folder, PROJECT_FILE)
  if (existsSync(path)) throw new SecretError("already_exists", `${PROJECT_FILE} exists already`, { help: "Edit it, or remove it first." })
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, projectFile(workspace), { flag: "wx" })
  await writeFile(join(folder, PROJECT_REFERENCES), REFERENCES, { flag: "wx" }).catch(keepPresent)
  if (screen.isJson) screen.json({ file: PROJECT_FILE, workspace })
  else screen.note(`Wrote ${PROJECT_FILE}: commands in this folder work in the workspace ${workspace}. Commit it; it holds no secret.`)
}

const REFERENCES = `# What \`sotto run\` hands to commands here: variables, and where their values are. No values here. Commit it, then: sotto trust
# API_KEY=sotto://WORKSPACE/API_KEY
# DATABASE_URL?=env://DATABASE_URL     (? : may be missing)
`

const keepPresent = (error: unknown): void => {
  if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
}

const PLAIN_YAML = /^[A-Za-z0-9](?:[\w.@/:-]*[\w.@/-])?$/

const projectFile = (workspace: string): string =>
  `# Which workspace of Sotto this project's commands work in. No secrets here.\nworkspace: ${PLAIN_YAML.test(workspace) ? workspace : JSON.stringify(workspace)}\n`
