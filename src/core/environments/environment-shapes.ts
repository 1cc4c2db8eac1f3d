/** Shapes of environments as they come from outside. */
import * as z from "zod/mini"
import { KeyPattern } from "../policy/agent-rules.ts"
import { isSafeWay } from "./loopback.ts"
import { ENVIRONMENT_NAME } from "../policy/policy-shape.ts"
import { RESTARTS } from "../sandbox/limits.ts"
import { RequestedKey } from "../requests/request-shapes.ts"
import { Namespace } from "../shapes.ts"

export const EnvironmentName = z.string("name must be a string").check(
  z.refine((name) => ENVIRONMENT_NAME.test(name), "an environment is named by lower-case letters, digits and hyphens, at most 63"),
)

const addressFault = (text: string): string | null => {
  const url = URL.parse(text)
  if (url === null) return "the address is no URL"
  if (!isSafeWay(url)) return "the address is https://, or http:// on loopback"
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return "the address has no user, password, query or fragment"
  return text.length > 1_024 ? "the address is too long" : null
}

const Address = z.string("address must be a string").check(z.refine((text) => addressFault(text) === null, { error: ({ input }) => addressFault(input as string) ?? "" }))

export const Restart = z.enum(RESTARTS, "restart is auto or never")

const settings = () => ({
  /** Where its daemon listens; null where it calls in. */
  address: z.optional(z.nullable(Address)),
  /** Whether that may be an address of a private network. */
  allowsPrivate: z.optional(z.boolean("allowsPrivate must be a boolean")),
  /** What may go there, where a secret's policy says so too; all where absent. */
  keys: z.optional(z.array(KeyPattern, "keys must be an array").check(z.minLength(1, "keys must not be empty"), z.maxLength(200, "keys must be at most 200"))),
  restart: z.optional(Restart),
})

const ref = () => ({ namespace: z.optional(Namespace), name: EnvironmentName })

export const environmentFields = () => ({ name: EnvironmentName, ...settings() })
export const AddEnvironmentArgs = () => z.strictObject({ ...ref(), ...settings() })
export const EnvironmentRef = () => z.strictObject(ref())
export const RemoveEnvironmentArgs = () => z.strictObject({ ...ref(), force: z.optional(z.boolean("force must be a boolean")) })
export const EnrollEnvironmentArgs = () =>
  z.strictObject({
    ...ref(),
    ttlMs: z.optional(z.number("ttlMs must be a number").check(z.refine((ms) => Number.isSafeInteger(ms) && ms >= 10_000 && ms <= 3_600_000, "an enrolment token lives from ten seconds to an hour"))),
  })

export const syncFields = () => ({
  /** Keys that are asked about: each has to be one that may go there. */
  keys: z.optional(z.array(RequestedKey, "keys must be an array").check(z.minLength(1, "keys must not be empty"), z.maxLength(1_000, "keys must be at most 1000"))),
  mode: z.optional(z.enum(["plan", "apply"], "mode is plan or apply")),
  restart: z.optional(Restart),
})
export const SyncArgs = () => z.strictObject({ ...ref(), ...syncFields() })
export const ListEnvironmentsArgs = () => z.strictObject({ namespace: z.optional(Namespace) })
