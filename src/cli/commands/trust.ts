import { SecretError } from "../../base/errors.ts"
import { isTrusted, listTrust, recordTrust, revokeTrust } from "../../runner/trust.ts"
import type { Call } from "../command.ts"
import { findProjectReferences, PROJECT_REFERENCES, readReferenceFile } from "../reference-file.ts"
import { table, time } from "../table.ts"

export const trust = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  if (options.flag("list")) {
    const records = listTrust(env)
    return screen.show(records, () => table(["FILE", "TRUSTED"], records.map(({ path, trustedAt }) => [path, time(trustedAt)])))
  }
  const path = pathOf(call)
  if (options.flag("revoke")) {
    const revoked = revokeTrust(env, path)
    return screen.show({ path, revoked }, () => (revoked ? `${path} is no longer trusted.` : `${path} was not trusted.`))
  }
  await trustFile(call, path)
}

const pathOf = ({ args }: Call): string => {
  const path = args[0] ?? findProjectReferences(process.cwd())
  if (path !== null) return path
  throw new SecretError("not_found", `there is no ${PROJECT_REFERENCES} here or above`, { help: "Name the file: sotto trust FILE" })
}

const trustFile = async (call: Call, path: string): Promise<void> => {
  const { env, options, screen } = call
  const { file, references } = readReferenceFile(path)
  const isKnown = isTrusted(env, [file])
  for (const { name, reference, required } of references) screen.note(`  ${name}${required ? "" : " (may be missing)"}  ${reference}`)
  if (!isKnown && !options.flag("yes")) await confirm(call, path)
  const record = recordTrust(env, [file], Date.now())
  screen.show({ ...record, references }, () => `${path} is trusted as it is now.`)
}

const confirm = async ({ screen }: Call, path: string): Promise<void> => {
  if (!screen.isTerminal.stdin || !screen.isTerminal.stderr)
    throw new SecretError("not_trusted", "nobody can be asked here", { help: `Run it in a terminal, or look at the file and run: sotto trust --yes '${path}'` })
  const { createInterface } = await import("node:readline/promises")
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await lines.question(`May commands here be given these? [y/N] `)
    if (/^y(es)?$/i.test(answer.trim())) return
  } finally {
    lines.close()
  }
  throw new SecretError("not_trusted", `${path} stays untrusted`)
}
