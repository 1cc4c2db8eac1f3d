import * as z from "zod/mini"
import { SecretError } from "../../base/errors.ts"
import { EnvironmentName } from "../../core/environments/environment-shapes.ts"
import { findEnvironment } from "../../core/environments/environment-row.ts"
import { runInSandbox } from "../../core/environments/run-in-sandbox.ts"
import { decideExec, isPrinter } from "../../core/policy/decide-exec.ts"
import { commandText, plainText } from "../../core/policy/rule-text.ts"
import { noteMasked } from "../../core/policy/note-masked.ts"
import type { ExecRule } from "../../core/policy/policy-shape.ts"
import type { UseCall } from "../../core/policy/use-call.ts"
import { useSecrets, type SecretUse } from "../../core/policy/use-secrets.ts"
import type { CommandEnd } from "../../core/ports/command-runner.ts"
import { isVariableName } from "../../core/references/variable-name.ts"
import { RequestedKey } from "../../core/requests/request-shapes.ts"
import { defineTool, type ToolRun } from "../tool.ts"
import { answerOr, approvalAnswer, heldApproval } from "./approval-answer.ts"

const TIMEOUT_DEFAULT_MS = 60_000
const TIMEOUT_MAX_MS = 600_000
const OUTPUT_MAX_BYTES = 1024 * 1024

const text = (what: string, maxCharacters: number) => z.string(`${what} must be a string`).check(z.maxLength(maxCharacters, `${what} is too long`))
const systemText = (what: string, maxCharacters: number) => text(what, maxCharacters).check(z.refine((each) => !each.includes("\0"), `${what} holds a NUL byte, which no system takes`))
const VariableName = z.string("a variable must be a string").check(z.refine(isVariableName, "a variable is letters, digits and _, a digit not first"))

export const runWithSecretsTool = defineTool({
  name: "run_with_secrets",
  title: "Run a command with secrets",
  description:
    "Runs a program, by its absolute path and without a shell, with secrets in its environment. You see what it prints, with the secrets masked, and never a value. The secret's policy has to allow this program and these arguments; a person may be asked first: then `status` is pending, and the same call made again goes on. There is no network unless the policy says so. With `environment` it runs in that sandbox, with what was delivered there.",
  input: z.strictObject({
    command: z.array(systemText("an argument", 8_192), "command must be an array of texts").check(z.minLength(1, "command must name a program"), z.maxLength(256, "command is too long")),
    /** Keys, which are also the variables; or variables and the keys that go into them. */
    secrets: z.union([z.array(RequestedKey).check(z.minLength(1), z.maxLength(50)), z.record(VariableName, RequestedKey)], "secrets is a list of keys, or an object of variables and keys"),
    /** The environment whose sandbox runs it; this machine where absent. */
    environment: z.optional(EnvironmentName),
    cwd: z.optional(systemText("cwd", 4_096)),
    stdin: z.optional(text("stdin", 1_048_576)),
    timeoutMs: z.optional(z.number("timeoutMs must be a number").check(z.refine((ms) => ms >= 100 && ms <= TIMEOUT_MAX_MS, `timeoutMs is from 100 to ${TIMEOUT_MAX_MS}`))),
  }),
  output: answerOr({
    exitCode: z.nullable(z.number()),
    signal: z.nullable(z.string()),
    timedOut: z.boolean(),
    stdout: z.string(),
    stderr: z.string(),
    truncated: z.strictObject({ stdout: z.boolean(), stderr: z.boolean() }),
    binaryBytes: z.strictObject({ stdout: z.optional(z.number()), stderr: z.optional(z.number()) }),
    durationMs: z.number(),
    warnings: z.array(z.string()),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  exclusive: false,
  run: async ({ secrets, ...order }, run) => {
    const { ctx, workspace } = run.scope
    const variables: Record<string, string> = Array.isArray(secrets) ? Object.fromEntries(secrets.map((key) => [key, key])) : secrets
    if (Object.keys(variables).length === 0) throw new SecretError("invalid_argument", "secrets must not be empty")
    const call = callOf(run, order, variables)
    const answer = await heldApproval(run, () => useSecrets(ctx, { namespace: workspace, keys: Object.values(variables), call }))
    if (answer.status !== "granted") return approvalAnswer(run.scope, answer.request)
    return runCommand(run, order, { variables, uses: answer.secrets as SecretUse<ExecRule>[] })
  },
})

interface Order {
  command: string[]
  environment?: string | undefined
  cwd?: string | undefined
  stdin?: string | undefined
  timeoutMs?: number | undefined
}

/** All of it stands in front of the person: it is what they allow. */
const callOf = ({ scope }: ToolRun, { command, environment, cwd, stdin }: Order, variables: Record<string, string>): UseCall<ExecRule> => ({
  tool: "exec",
  line: [commandText(command), ...(environment === undefined ? [] : [`in the sandbox ${environment}`]), ...renamed(variables), ...(cwd === undefined ? [] : [`in ${commandText([cwd])}`]), ...(stdin === undefined ? [] : [`with this on stdin: ${plainText(JSON.stringify(stdin))}`])].join("   "),
  digest: JSON.stringify([command, environment ?? null, cwd ?? null, stdin ?? null, Object.keys(variables).toSorted().map((name) => [name, variables[name]])]),
  logged: command[0] ?? "",
  session: scope.session,
  decide: ({ exec }) => decideExec(command, exec, environment),
})

const renamed = (variables: Record<string, string>): string[] =>
  Object.entries(variables).flatMap(([name, key]) => (name === key ? [] : [`with ${key} as ${name}`]))

const runCommand = async (run: ToolRun, order: Order, { variables, uses }: { variables: Record<string, string>; uses: readonly SecretUse<ExecRule>[] }) => {
  for (const { key, value } of uses) run.used.push({ name: key, value: value.reveal() })
  const [program = ""] = order.command
  const end = order.environment === undefined ? await runHere(run, order, { variables, uses }) : await runThere(run, { ...order, environment: order.environment }, { variables, uses })
  return { status: "done" as const, ...shownEnd(end), warnings: [...end.warnings, ...printerWarning(program), ...(await noteHits(run, end))] }
}

interface Given {
  variables: Record<string, string>
  uses: readonly SecretUse<ExecRule>[]
}

const networkOf = (uses: Given["uses"]): "none" | "host" => (uses.some(({ rule }) => rule.network === "none") ? "none" : "host")

const runHere = ({ scope, signal }: ToolRun, order: Order, { variables, uses }: Given): Promise<CommandEnd> => {
  if (scope.ctx.runCommand === undefined) throw new SecretError("not_supported", "commands cannot be run here")
  const byKey = new Map(uses.map((use) => [use.key, use]))
  const [program = "", ...args] = order.command
  return scope.ctx.runCommand({
    program,
    args,
    ...(order.cwd !== undefined && { cwd: order.cwd }),
    ...(order.stdin !== undefined && { stdin: order.stdin }),
    secrets: Object.entries(variables).map(([name, key]) => ({ name, key, value: (byKey.get(key) as SecretUse<ExecRule>).value })),
    network: networkOf(uses),
    timeoutMs: order.timeoutMs ?? TIMEOUT_DEFAULT_MS,
    maxBytes: OUTPUT_MAX_BYTES,
    ...(signal && { signal }),
  })
}

/**
 * With what was delivered there: no value goes with the command. What a sandbox says was masked counts for what it was given alone,
 * and once: it may lie, and suspends nobody's secret with one command.
 */
const runThere = async ({ scope: { ctx, workspace }, signal }: ToolRun, order: Order & { environment: string }, { variables, uses }: Given): Promise<CommandEnd> => {
  const row = await findEnvironment(ctx, workspace, order.environment)
  const end = await runInSandbox(ctx, row, {
    command: order.command,
    variables,
    cwd: order.cwd ?? null,
    stdin: order.stdin ?? null,
    network: networkOf(uses),
    timeoutMs: order.timeoutMs ?? TIMEOUT_DEFAULT_MS,
    maxBytes: OUTPUT_MAX_BYTES,
    ...(signal && { signal }),
  })
  const given = new Set(Object.values(variables))
  const hits = Object.entries(end.masked).filter(([key, count]) => given.has(key) && count > 0)
  return { ...end, masked: Object.fromEntries(hits.map(([key]) => [key, 1])) }
}

const shownEnd = ({ exitCode, signal, timedOut, stdout, stderr, truncated, binaryBytes, durationMs }: CommandEnd) => ({
  exitCode, signal, timedOut, stdout, stderr, truncated, durationMs,
  ...(Object.keys(binaryBytes).length > 0 && { binaryBytes }),
})

const printerWarning = (program: string): string[] =>
  isPrinter(program) ? ["this program can print what it is given in forms that no redactor knows; a policy for a program of one purpose is safer"] : []

/** The model hears of a suspension, and not how often what was masked. */
const noteHits = async ({ scope }: ToolRun, { masked }: CommandEnd): Promise<string[]> => {
  if (Object.keys(masked).length === 0) return []
  const suspended = await noteMasked(scope.ctx, { namespace: scope.workspace, hits: masked })
  return suspended.map((key) => `${key} can no longer be used: its value stood in results too often, and a person has to allow it again`)
}
