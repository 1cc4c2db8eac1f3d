import { buffer } from "node:stream/consumers"
import { fromUtf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { randomBase62 } from "../core/access/base62.ts"
import { randomBytes } from "../crypto/random.ts"
import type { Call } from "./command.ts"

const SOURCES = ["stdin", "value-from-env", "generate"] as const

/** The value of `set`, from the one place that was named, else from the prompt. Bytes in, bytes out. */
export const readValue = async (call: Call, name: string): Promise<string> => {
  const { options, env, screen } = call
  const named = SOURCES.filter((source) => options.flag(source) || options.text(source) !== undefined)
  if (named.length > 1) throw new SecretError("invalid_argument", `--${named.join(" and --")} exclude each other`)
  switch (named[0]) {
    case "stdin":
      return readStdin(call)
    case "value-from-env":
      return readVariable(env, options.text("value-from-env") as string)
    case "generate":
      return randomBase62(randomBytes, options.whole("length", { min: 8, max: 4_096 }) ?? 32)
    default:
      return askForValue(screen, name)
  }
}

const readStdin = async ({ options, screen }: Call): Promise<string> => {
  if (screen.isTerminal.stdin)
    throw new SecretError("invalid_argument", "--stdin reads what is piped in, and this is a terminal, which would show the value", {
      help: "Leave --stdin away: you are asked for the value without echo.",
    })
  const text = decode(await buffer(process.stdin))
  return options.flag("strip-newline") ? text.replace(/\r?\n$/, "") : text
}

const decode = (bytes: Uint8Array): string => {
  try {
    return fromUtf8(bytes)
  } catch {
    throw new SecretError("invalid_argument", "the value is not UTF-8 text", { help: "Store binary data as base64." })
  }
}

const readVariable = (env: Call["env"], variable: string): string => {
  const value = env[variable]
  if (value !== undefined) return value
  throw new SecretError("invalid_argument", "the variable that --value-from-env names is not set")
}

const askForValue = async (screen: Call["screen"], name: string): Promise<string> => {
  if (!screen.isTerminal.stdin)
    throw new SecretError("invalid_argument", "there is no terminal to ask for the value", {
      help: "Use --stdin, --value-from-env VAR or --generate.",
    })
  const { promptHidden } = await import("./prompt.ts")
  return promptHidden(screen, `Value of ${name}: `)
}
