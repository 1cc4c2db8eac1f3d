import { SecretError } from "../base/errors.ts"
import type { Environment } from "./command.ts"

/** Variables that coding agents set in the shells they run commands in; a pattern where the name alone proves nothing. */
const MARKERS: readonly { agent: string; variable: string; value?: RegExp }[] = [
  { agent: "Claude Code", variable: "CLAUDECODE" },
  { agent: "Claude Code", variable: "CLAUDE_CODE_ENTRYPOINT" },
  { agent: "Claude Code", variable: "CLAUDE_CODE" },
  { agent: "Cursor", variable: "CURSOR_AGENT" },
  { agent: "Cursor", variable: "CURSOR_TRACE_ID" }, // set in its terminals whoever types there, and the agent reads along
  { agent: "Cursor", variable: "CURSOR_EXTENSION_HOST_ROLE", value: /^agent-exec$/ },
  { agent: "Codex", variable: "CODEX_SANDBOX" },
  { agent: "Codex", variable: "CODEX_SANDBOX_NETWORK_DISABLED" },
  { agent: "Codex", variable: "CODEX_THREAD_ID" },
  { agent: "Codex", variable: "CODEX_CI" },
  { agent: "Gemini CLI", variable: "GEMINI_CLI" },
  { agent: "OpenCode", variable: "OPENCODE" },
  { agent: "OpenCode", variable: "OPENCODE_CLIENT" },
  { agent: "Aider", variable: "OR_APP_NAME", value: /^aider$/i },
  { agent: "Aider", variable: "AIDER_MODEL" },
  { agent: "Cline", variable: "CLINE_ACTIVE" },
  { agent: "Augment", variable: "AUGMENT_AGENT" },
  { agent: "Antigravity", variable: "ANTIGRAVITY_AGENT" },
  { agent: "Goose", variable: "GOOSE_TERMINAL" },
  { agent: "Copilot", variable: "COPILOT_AGENT_SESSION_ID" },
  { agent: "OpenClaw", variable: "OPENCLAW_SHELL" },
  { agent: "an agent", variable: "AI_AGENT" },
  { agent: "an agent", variable: "AGENT" },
]

const OFF = /^(|0|false|no)$/i

/** The agent whose shell this is, as far as its variables say; null for none. */
export const agentOfShell = (env: Environment): string | null => {
  const found = MARKERS.find(({ variable, value }) => {
    const set = env[variable]
    return set !== undefined && !OFF.test(set) && (value === undefined || value.test(set))
  })
  return found?.agent ?? null
}

/**
 * Stands before every command that prints plaintext. It guards against an agent that reads too much, not against one that
 * means harm: that one can unset a variable.
 * @throws SecretError `refused_in_agent`
 */
export const assertNoAgent = (env: Environment, command: string): void =>
  refuseAgent(env, `sotto ${command} prints plaintext`, "Ask the person to run it in a terminal of their own. `sotto list` shows names without values.")

/** The same for what only a person may decide. @throws SecretError `refused_in_agent` */
export const assertPersonsShell = (env: Environment, command: string): void =>
  refuseAgent(env, `sotto ${command} is for people to decide`, "Ask the person to run it in a terminal of their own.")

const refuseAgent = (env: Environment, why: string, help: string): void => {
  const agent = agentOfShell(env)
  if (agent === null) return
  throw new SecretError("refused_in_agent", `${why}, and this is the shell of ${agent}`, { details: { agent }, help })
}
