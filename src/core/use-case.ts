import * as z from "zod/mini"
import { isSecretError, SecretError, type SecretErrorCode } from "../base/errors.ts"
import { assertHoldsSomewhere, authorize, authorizeStore } from "./authorize.ts"
import { appendEvents, nowOf, type StoreContext } from "./context.ts"
import type { EventType } from "./event.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import type { Permission } from "./principal.ts"
import { StaleKeys } from "./store-keys.ts"

/** What a use case asks for before it looks anything up, and what it leaves behind. */
export interface Rule {
  name: string
  /** null only where the caller has no identity yet, or asks about themselves. */
  permission: Permission | null
  /** `anywhere`: in at least one workspace; what is shown of each is asked by `run`. */
  scope: "workspace" | "store" | "anywhere"
  /** Events of success; an empty list needs a reason in the test that walks all use cases. */
  events: readonly EventType[]
}

export interface UseCase<Args, Result> {
  (ctx: StoreContext, args: Args): Promise<Result>
  readonly rule: Rule
}

interface Definition<Schema extends z.ZodMiniType, Result> extends Rule {
  /** Built when the use case is first called. */
  args: () => Schema
  /** The workspace that is asked about, where it is not `args.namespace`; null where `run` authorises by itself. */
  target?: (args: z.output<Schema>) => string | null
  run(ctx: StoreContext, args: z.output<Schema>): Promise<Result>
  /** The answer that a failure of `run` stands for; null where it stands for none and is thrown. */
  answerTo?: (error: unknown) => Result | null
}

/**
 * A use case: checks the shape, then the permission, then runs. A refusal leaves a `denied` event. Where the store has moved
 * on to newer keys, they are read again and the work runs once more.
 */
export const defineUseCase = <Schema extends z.ZodMiniType, Result>(
  definition: Definition<Schema, Result>,
): UseCase<z.input<Schema>, Result> => {
  const { args: buildSchema, run, target = namespaceOf, answerTo, ...rule } = definition
  let schema: Schema | undefined
  const useCase = async (ctx: StoreContext, args: z.input<Schema>): Promise<Result> => {
    const checked = parseArgs((schema ??= buildSchema()), args)
    const namespace = target(checked)
    const denial = denialOf(ctx, rule, namespace)
    if (denial !== null) {
      await recordDenial(ctx, rule, namespace as string)
      throw denial.error
    }
    try {
      return await withFreshKeys(ctx, () => run(ctx, checked))
    } catch (error) {
      const answer = answerTo?.(error) ?? null
      if (answer === null) throw error
      return answer
    }
  }
  return Object.assign(useCase, { rule })
}

const namespaceOf = (args: unknown): string => (args as { namespace?: string }).namespace ?? DEFAULT_NAMESPACE

/** Nothing asynchronous where nothing is denied: every read of a secret passes here. */
const denialOf = (ctx: StoreContext, rule: Rule, namespace: string | null): { error: unknown } | null => {
  if (rule.permission === null || namespace === null) return null
  try {
    if (rule.scope === "workspace") authorize(ctx.actor, rule.permission, namespace)
    else if (rule.scope === "anywhere") assertHoldsSomewhere(ctx.actor, rule.permission)
    else authorizeStore(ctx.actor, rule.permission)
    return null
  } catch (error) {
    return { error }
  }
}

const recordDenial = (ctx: StoreContext, rule: Rule, namespace: string): Promise<void> =>
  ctx.storage.write((tx) =>
    appendEvents(tx, [
      {
        type: "denied",
        at: nowOf(ctx),
        principal: ctx.actor.principal,
        ...(rule.scope === "workspace" && { namespace }),
        metadata: { operation: rule.name, permission: rule.permission },
      },
    ]),
  )

/** Runs `work`; when it finds its keys outdated, refreshes them and runs it once more. */
export const withFreshKeys = async <T>(ctx: Pick<StoreContext, "keys">, work: () => Promise<T>): Promise<T> => {
  const before = ctx.keys.current
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StaleKeys)) throw error
    const isRenewed = ctx.keys.current !== before // by another call that met the same news
    if (!isRenewed && !(await refreshKeys(ctx, error))) throw error.failure
  }
  try {
    return await work()
  } catch (error) {
    throw error instanceof StaleKeys ? error.failure : error
  }
}

/** A ring that no longer opens the store at all is no better reason than the one at hand. */
const refreshKeys = async (ctx: Pick<StoreContext, "keys">, reason: StaleKeys): Promise<boolean> => {
  try {
    return await ctx.keys.refresh()
  } catch (error) {
    if (isSecretError(error) && (error.code === "key_unavailable" || error.code === "invalid_keys")) throw reason.failure
    throw error
  }
}

/**
 * Checks outside input. The first problem gives code and message; `details.issues` names all of them, each with its path.
 * @throws SecretError `invalid_argument`, or the code that the failing rule asks for
 */
export const parseArgs = <Schema extends z.ZodMiniType>(schema: Schema, args: unknown): z.output<Schema> => {
  const parsed = z.safeParse(schema, args, { error: describeIssue })
  if (parsed.success) return parsed.data
  throw argumentError(parsed.error.issues)
}

interface Issue {
  message: string
  path: PropertyKey[]
}

/** The error for issues that a schema found: the first one's message, and all of them as `path: message`. */
export const argumentError = (issues: readonly Issue[]): SecretError => {
  const first = issues[0] as Issue & { params?: { code?: SecretErrorCode } }
  return new SecretError(first.params?.code ?? "invalid_argument", first.message, {
    details: { issues: issues.map((issue) => [issue.path.join("."), issue.message].filter(Boolean).join(": ")) },
  })
}

/** Words for what no schema gave words for. They name types and keys, never content. */
const describeIssue = (issue: { code?: string; path?: PropertyKey[] | undefined; keys?: string[]; expected?: string }): string => {
  const where = issue.path?.join(".") || "the argument"
  if (issue.code === "unrecognized_keys") return `unknown argument: ${(issue.keys ?? []).map(shorten).join(", ")}`
  if (issue.code === "invalid_type") return `${where} must be ${article(issue.expected ?? "another type")}`
  return `${where} is invalid`
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

const article = (type: string): string => `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`
