import type { EnvFormat } from "./env-format.ts"

/** What dotenv and Node read becomes members of an object, where this name means the prototype. */
const PROTOTYPE = ["__proto__"]

/** bash and dash forbid these, compute them, read their values as arithmetic, or set them anew for each command. */
const SHELL = [
  "_", "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "BASH_CMDS", "BASH_COMPAT", "BASH_LINENO",
  "BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "BASH_XTRACEFD", "COMP_WORDBREAKS", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS",
  "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "LINENO", "OPTIND", "PIPESTATUS", "PPID", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL",
  "SRANDOM", "UID",
]

const RESERVED: Partial<Record<EnvFormat, ReadonlySet<string>>> = {
  dotenv: new Set(PROTOTYPE),
  node: new Set(PROTOTYPE),
  sh: new Set(SHELL),
}

/** Whether a variable of that name does not arrive from a file of that format, whatever its value. */
export const isReserved = (format: EnvFormat, key: string): boolean => RESERVED[format]?.has(key) ?? false
