import { SecretError } from "../../base/errors.ts"
import { randomBase62 } from "../../core/access/base62.ts"
import { randomBytes } from "../../crypto/random.ts"
import type { Backend } from "../backend.ts"
import type { Call } from "../command.ts"
import { listAll } from "../list-all.ts"
import { withBackend } from "../open-backend.ts"

const DAY_MS = 86_400_000

interface Sample {
  name: string
  team: string
  ttlMs?: number
  /** How often it was written. */
  versions?: number
}

/** What a small shop might have. */
const SAMPLES: readonly Sample[] = [
  { name: "DATABASE_URL", team: "platform", versions: 4 },
  { name: "REDIS_URL", team: "platform" },
  { name: "SESSION_KEY", team: "platform", versions: 2 },
  { name: "STRIPE_KEY", team: "payments", versions: 3 },
  { name: "STRIPE_WEBHOOK_SECRET", team: "payments" },
  { name: "PAYPAL_CLIENT_SECRET", team: "payments", ttlMs: 20 * DAY_MS },
  { name: "OPENAI_API_KEY", team: "assistant", versions: 2 },
  { name: "ANTHROPIC_API_KEY", team: "assistant" },
  { name: "GITHUB_TOKEN", team: "delivery", ttlMs: 3 * DAY_MS },
  { name: "NPM_TOKEN", team: "delivery", ttlMs: 6 * 3_600_000 },
  { name: "SENTRY_DSN", team: "delivery" },
  { name: "SMTP_PASSWORD", team: "support" },
]

const MARK = { sample: true } as const

/** Sample data to look around with, in a workspace of its own; `--remove` takes it out again. */
export const demo = (call: Call): Promise<void> => {
  const workspace = call.options.text("workspace") ?? "demo"
  return withBackend(call, (backend) => (call.options.flag("remove") ? take(call, backend, workspace) : fill(call, backend, workspace)))
}

const fill = async (call: Call, backend: Backend, workspace: string): Promise<void> => {
  if (!(await backend.listWorkspaces()).includes(workspace)) await backend.createWorkspace(workspace)
  const there = (await listAll(backend, { workspace })).filter(({ metadata }) => metadata?.sample !== true)
  if (there.length > 0) throw new SecretError("already_exists", `${workspace} holds secrets that are no sample data`, { help: "Name another with --workspace." })
  for (let version = 1; version <= 4; version++) {
    const due = SAMPLES.filter(({ versions = 1 }) => version <= versions)
    await backend.putMany(workspace, due.map(({ name, team, ttlMs }) => ({ name, value: `sample_${randomBase62(randomBytes, 24)}`, metadata: { ...MARK, team }, ...(ttlMs !== undefined && { ttlMs }) })))
  }
  if (call.screen.isJson) call.screen.json({ workspace, secrets: SAMPLES.length })
  else call.screen.note(`${workspace} has ${SAMPLES.length} sample secrets now. Take them out again: sotto demo --remove`)
}

/** Only what this command made: whatever else lies there keeps the workspace. */
const take = async (call: Call, backend: Backend, workspace: string): Promise<void> => {
  const secrets = await listAll(backend, { workspace })
  const samples = secrets.filter(({ metadata }) => metadata?.sample === true)
  for (const { name, version } of samples) await backend.remove({ workspace, name, ifVersion: version })
  const isEmpty = samples.length === secrets.length && workspace !== "default"
  if (isEmpty) await backend.deleteWorkspace(workspace)
  if (call.screen.isJson) call.screen.json({ workspace, removed: samples.length, isWorkspaceGone: isEmpty })
  else call.screen.note(`Took ${samples.length} sample secrets out of ${workspace}${isEmpty ? ", and the empty workspace with them" : ""}`)
}
