import * as z from "zod/mini"

const VARIABLE = /^[A-Z_][A-Z0-9_]{0,127}$/

/** A long word with digits in it and no _ is a key of something rather than the name of a variable. */
const KEY_LIKE = /^(?=(?:[A-Z]*[0-9]){3})[A-Z0-9]{16,}$/
const ALIAS = /^[^\s#:][^#\p{Cc}]{0,255}$/u

/** Somebody may have written the credential itself here: the message repeats nothing. Upper case, as such variables are written, tells most of them. */
const Variable = z.string("must be the name of a variable").check(
  z.refine((name) => VARIABLE.test(name) && !KEY_LIKE.test(name), "must be the name of a variable, not what it holds"),
)

const Path = z.string("must be a path").check(z.refine((path) => path !== "" && !path.includes("\0"), "must be a path"))

const Alias = z.strictObject({ path: z.optional(Path), passwordEnv: z.optional(Variable), keyfileEnv: z.optional(Variable) })

/** A file of settings: the user's, or a repository's. Other keys than these are refused. */
const SettingsShape = z.strictObject({
  workspace: z.optional(z.string("must be the name of a workspace")),
  runtime: z.optional(z.strictObject({ docker: z.optional(z.strictObject({ workspaceMount: z.optional(z.enum(["bind_mount", "ephemeral_volume"])) })) })),
  providers: z.optional(
    z.strictObject({
      keepass: z.optional(z.strictObject({ aliases: z.optional(z.record(z.string().check(z.refine((alias) => ALIAS.test(alias), "is no alias")), Alias)) })),
      op: z.optional(z.strictObject({ serviceAccountTokenEnv: z.optional(Variable) })),
      file: z.optional(z.strictObject({ folders: z.optional(z.array(Path)) })),
      modules: z.optional(z.record(z.string().check(z.refine((scheme) => /^[a-z][a-z0-9+.-]*$/.test(scheme), "is no scheme")), Path)),
    }),
  ),
})

export type SettingsFile = z.output<typeof SettingsShape>

export const parseSettings = (content: unknown) =>
  z.safeParse(SettingsShape, content, { error: ({ code }) => (code === "unrecognized_keys" ? "has a key that means nothing there" : undefined) })
