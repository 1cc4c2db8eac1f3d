/**
 * What agents may do with a secret without seeing it: stored with the secret under its row tag, edited by people only, and
 * off where there is none. A schema never puts what it was given into a message.
 */
import * as z from "zod/mini"
import { isCanonicalHost } from "./canonical-host.ts"

/** How environments are called. */
export const ENVIRONMENT_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

const POLICY_LIMITS = { rules: 50, patterns: 50, textCharacters: 1_024 } as const

const text = (what: string, maxCharacters: number = POLICY_LIMITS.textCharacters) =>
  z.string(`${what} must be a string`).check(
    z.refine((value) => value.length > 0 && value.length <= maxCharacters, `${what} must be 1 to ${maxCharacters} characters`),
    z.refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), `${what} must not contain control characters`),
  )

const list = <Item extends z.ZodMiniType>(what: string, item: Item) =>
  z.array(item, `${what} must be an array`).check(
    z.minLength(1, `${what} must not be empty`),
    z.maxLength(POLICY_LIMITS.patterns, `${what} must be at most ${POLICY_LIMITS.patterns}`),
  )

/** RFC 9110 §5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** What a connection or a proxy reads: a value there would be no credential, and could turn the request elsewhere. */
const STEERING = /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-.*|accept-encoding|via|forwarded|x-forwarded-.*|x-original-.*|x-rewrite-.*|x-http-method.*|x-method-.*)$/i

const HeaderName = text("a header", 128).check(
  z.refine((name) => TOKEN.test(name), "a header is named by letters, digits and hyphens"),
  z.refine((name) => !STEERING.test(name), "this header steers the request and takes no secret"),
)

/** Where in a request the value goes. */
const Placement = z.discriminatedUnion("in", [
  /** `template` holds `{value}` once, such as `Bearer {value}`; without one the value stands alone. */
  z.strictObject({
    in: z.literal("header"),
    name: HeaderName,
    template: z.optional(text("template", 256).check(z.refine((each) => each.split("{value}").length === 2, "a template holds {value} once"))),
  }),
  /** HTTP Basic (RFC 7617): the user is no secret, the value is the password. */
  z.strictObject({
    in: z.literal("basic"),
    user: text("user", 256).check(z.refine((user) => !user.includes(":"), "a user holds no colon (RFC 7617 §2)")),
  }),
  z.strictObject({ in: z.literal("query"), name: text("name", 128) }),
  /** A JSON pointer (RFC 6901) into the request's JSON body. */
  z.strictObject({
    in: z.literal("json"),
    pointer: text("pointer", 256).check(z.refine((each) => /^(\/([^~]|~[01])*)+$/.test(each), "a pointer begins with / (RFC 6901)")),
  }),
])

/** `*` stands for one segment of a path, `**` at the end for whatever follows. */
const PathPattern = text("path").check(
  z.refine((path) => path.startsWith("/") && !/[?#\\]/.test(path), "a path begins with / and has no query"),
  z.refine((path) => !path.slice(0, -2).includes("**"), "** stands at the end of a path"),
)

export const HttpRule = z.strictObject({
  /** A host as URLs have it: lower case, ASCII, no trailing dot; with `:port` where it is not 443. */
  host: text("host", 260).check(z.refine(isCanonicalHost, "host must be a plain lower-case host name, with :port where it is not 443")),
  methods: list("methods", z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], "a method is one of GET, HEAD, POST, PUT, PATCH, DELETE")),
  paths: list("paths", PathPattern),
  place: Placement,
  /** What of the answer the agent gets. */
  response: z._default(z.enum(["status", "body"], "response is status or body"), "status"),
})

/** As `sotto env add` takes it, or `*` for every environment of the workspace. */
export const EnvironmentPattern = text("environment", 64).check(
  z.refine((name) => name === "*" || ENVIRONMENT_NAME.test(name), "an environment is named by lower-case letters, digits and hyphens, or * for all"),
)

/** An argument: the text itself, or a pattern in which `*` stands for any characters. A last `...` stands for any further arguments. */
export const ExecRule = z.strictObject({
  program: text("program").check(z.refine((path) => path.startsWith("/") && !path.split("/").includes(".."), "program must be an absolute path")),
  /** Without them the program takes no arguments. */
  args: z._default(z.array(text("an argument"), "args must be an array").check(z.maxLength(POLICY_LIMITS.patterns, "too many args")), []),
  /** `none`: a network namespace of its own, with nothing in it. `host`: what this machine reaches. */
  network: z._default(z.enum(["none", "host"], "network is none or host"), "none"),
  /** The environment whose sandbox runs it; absent: this machine. */
  environment: z.optional(text("environment", 64).check(z.refine((name) => ENVIRONMENT_NAME.test(name), "an environment is named by lower-case letters, digits and hyphens"))),
})

const rules = <Item extends z.ZodMiniType>(what: string, item: Item) =>
  z._default(z.array(item, `${what} must be an array`).check(z.maxLength(POLICY_LIMITS.rules, `${what} must be at most ${POLICY_LIMITS.rules}`)), [])

export const PolicyShape = z.strictObject({
  /** A call that no rule covers is refused. */
  http: rules("http", HttpRule),
  exec: rules("exec", ExecRule),
  /** Environments that it is delivered to: code there can read it. */
  sync: z.optional(z.array(EnvironmentPattern, "sync must be an array").check(z.maxLength(POLICY_LIMITS.patterns, `sync must be at most ${POLICY_LIMITS.patterns}`))),
  /** When a person is asked: at each use, once for each session of the agent, or never. */
  approval: z._default(z.enum(["every-use", "session", "never"], "approval is every-use, session or never"), "every-use"),
  /** Milliseconds since 1970; from then on agents may do nothing with it. */
  expiresAt: z.optional(z.number("expiresAt must be a number").check(z.int("expiresAt must be whole milliseconds"), z.minimum(0, "expiresAt must not be negative"))),
})

export type Policy = z.output<typeof PolicyShape>
export type PolicyInput = z.input<typeof PolicyShape>
export type HttpRule = z.output<typeof HttpRule>
export type ExecRule = z.output<typeof ExecRule>
export type Placement = z.output<typeof Placement>
