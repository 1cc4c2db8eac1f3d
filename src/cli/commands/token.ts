import { SecretError } from "../../base/errors.ts"
import type { TokenFacts } from "../../core/access/token-facts.ts"
import { NEVER_FOR_AGENTS, PERMISSIONS, type Grant, type Permission, type PrincipalKind } from "../../core/principal.ts"
import { assertNoAgent } from "../agent-shell.ts"
import type { Call } from "../command.ts"
import { parseTtl } from "../duration.ts"
import { withBackend } from "../open-backend.ts"
import { table, time } from "../table.ts"

export const tokenCreate = async (call: Call): Promise<void> => {
  const { options, screen, env } = call
  const grants = grantsOf(call)
  if (grants.some(({ permissions }) => permissions.some((each) => NEVER_FOR_AGENTS.includes(each)))) assertNoAgent(env, "token create")
  const [owner, ttl] = [options.text("owner"), options.text("ttl")]
  const { facts, token } = await withBackend(call, (backend) =>
    backend.createToken({
      name: required(call, "name"),
      kind: kindOf(options.text("kind") ?? "service"),
      grants,
      ...(owner !== undefined && { owner }),
      ...(ttl !== undefined && { ttlMs: parseTtl("--ttl", ttl) }),
    }),
  )
  if (screen.isJson) return screen.json({ ...facts, token })
  screen.note(`Made the token ${facts.id} (${facts.name}). Its text follows, this once; the store keeps only a MAC of it.`)
  screen.write(`${token}\n`)
}

const required = ({ options }: Call, name: string): string => {
  const text = options.text(name)
  if (text === undefined) throw new SecretError("invalid_argument", `--${name} is missing`, { help: "Run: sotto token create --help" })
  return text
}

const kindOf = (text: string): PrincipalKind => {
  if (text === "person" || text === "agent" || text === "service") return text
  throw new SecretError("invalid_argument", "--kind takes person, agent or service")
}

const grantsOf = ({ options }: Call): Grant[] => {
  const may = options.texts("may")
  const on = options.texts("on")
  if (may.length === 0 || may.length !== on.length)
    throw new SecretError("invalid_argument", "--may and --on come in pairs", { help: "For example: --may list,reveal --on 'acme:*'" })
  return may.map((list, i) => ({ pattern: on[i] as string, permissions: list.split(",").map(permissionOf) }))
}

const permissionOf = (text: string): Permission => {
  const found = PERMISSIONS.find((permission) => permission === text.trim())
  if (found === undefined) throw new SecretError("invalid_argument", `a permission is one of ${PERMISSIONS.join(", ")}`)
  return found
}

export const tokenList = async (call: Call): Promise<void> => {
  const tokens = await withBackend(call, (backend) => backend.listTokens())
  if (tokens.length > 0 || call.screen.isJson) call.screen.show(tokens, () => table(HEADINGS, tokens.map(row)))
  else call.screen.note("No tokens")
}

const HEADINGS = ["ID", "NAME", "KIND", "OWNER", "GRANTS", "EXPIRES", "LAST USED", ""]

const row = (token: TokenFacts): string[] => [
  token.id,
  token.name,
  token.kind,
  token.owner,
  token.grants.map(({ pattern, permissions }) => `${permissions.join(",")} on ${pattern}`).join("; "),
  time(token.expiresAt),
  time(token.lastUsedAt),
  token.revokedAt === undefined ? "" : "revoked",
]

export const tokenRevoke = async (call: Call): Promise<void> => {
  const id = call.args[0] as string
  await withBackend(call, (backend) => backend.revokeToken(id))
  if (call.screen.isJson) call.screen.json({ id, revoked: true })
  else call.screen.note(`Revoked the token ${id}: it is refused from now on`)
}
