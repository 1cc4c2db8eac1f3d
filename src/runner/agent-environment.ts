import { SecretError } from "../base/errors.ts"
import type { CommandRun } from "../core/ports/command-runner.ts"
import { variableFault } from "../core/references/variable-name.ts"

type Environment = Readonly<Record<string, string | undefined>>
type Secrets = CommandRun["secrets"]

/** What a command may know of this process's surroundings. */
const INHERITED = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z_]+|TZ|TMPDIR)$/

/** What interpreters and tools take code or commands from: an agent that chooses the variable could have a value run, and told of. */
const ORDERS = new RegExp(
  `^(?:${[
    "USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|TERM|TERMINFO|CDPATH|PROMPT_COMMAND|PS[0-4]|SHELLOPTS|BASHOPTS|BASH_.*|ZDOTDIR|GCONV_PATH|LOCPATH|NLSPATH",
    "(?:VISUAL|[A-Z_]*(?:EDITOR|PAGER|ASKPASS|BROWSER))|LESS(?:OPEN|CLOSE)?",
    "GIT_(?:SSH|SSH_COMMAND|EXTERNAL_DIFF|PROXY_COMMAND|EXEC_PATH|TEMPLATE_DIR|DIR|CONFIG.*)",
    "NODE_(?:PATH|EXTRA_CA_CERTS)|PYTHON[A-Z]+|PERL5(?:OPT|LIB|DB)|PERLLIB|RUBY(?:OPT|LIB)|PHP_INI_SCAN_DIR|PHPRC|LUA_(?:INIT|PATH|CPATH)",
    "_?JAVA_(?:TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|DOTNET_STARTUP_HOOKS|CORECLR_.*|GOFLAGS|RUSTC(?:_WRAPPER)?|MAKEFLAGS",
    "SSL_CERT_(?:FILE|DIR)|OPENSSL_(?:CONF|ENGINES|MODULES)",
  ].join("|")})$`,
)

/** Where interpreters and tools write: a value there becomes the name of a file, which an agent can list. */
const PLACES = new RegExp(
  `^(?:${[
    "TMP|TEMP|PWD|OLDPWD|XDG_[A-Z_]+|[A-Z_]*HIST(?:ORY|FILE)|SSLKEYLOGFILE|MALLOC_TRACE",
    "NODE_(?:V8_COVERAGE|COMPILE_CACHE|REDIRECT_WARNINGS|REPL_EXTERNAL_MODULE|ICU_DATA)|npm_config_.*",
    "GIT_(?:TRACE.*|WORK_TREE|INDEX_FILE|COMMON_DIR|(?:ALTERNATE_)?OBJECT_DIRECTOR(?:Y|IES))|GO(?:BIN|CACHE|COVERDIR|ENV|MODCACHE|PATH|ROOT|TMPDIR)",
    "GCOV_PREFIX|LLVM_PROFILE_FILE|[A-Z]+SAN_OPTIONS",
  ].join("|")})$`,
  "i",
)
/** No list of these is whole, so one that an agent gives to a secret of another name is judged by how it is called. */
const CALLED_PLACE = /(?:^|_)(?:PATH|FILE|FILENAME|FOLDER|DIRECTORY|HOME|LOG|CACHE|ROOT|PREFIX)$|DIR$/i

/** A shorter value cannot be masked without masking innocent text. */
const VALUE_MIN_BYTES = 12

/** @throws SecretError `invalid_argument`, before anything is started */
export const assertAgentSecrets = (secrets: Secrets): void => {
  for (const { name, key, value } of secrets) {
    const fault = variableFault(name) ?? agentFault(name, key)
    if (fault !== null) throw new SecretError("invalid_argument", `the variable ${fault}`)
    const text = value.reveal()
    if (Buffer.byteLength(text) < VALUE_MIN_BYTES) throw new SecretError("invalid_argument", `the value of ${key} is too short to be masked`)
    if (text.includes("\0")) throw new SecretError("invalid_argument", `the value of ${key} holds a NUL byte, which no environment variable can`)
  }
  if (new Set(secrets.map(({ name }) => name)).size < secrets.length) throw new SecretError("invalid_argument", "two secrets go into one variable")
}

const agentFault = (name: string, key: string): string | null => {
  if (ORDERS.test(name)) return `names ${name}, which commands programs and cannot hold a secret`
  const isPlace = PLACES.test(name) || (name !== key && CALLED_PLACE.test(name))
  return isPlace ? `names ${name}, which tells programs where to write and cannot hold a secret` : null
}

/** Little of this process's environment, and the secrets. */
export const agentEnvironment = (parent: Environment, secrets: Secrets): Record<string, string> => {
  const inherited = Object.entries(parent).filter((entry): entry is [string, string] => entry[1] !== undefined && INHERITED.test(entry[0]))
  const env = Object.fromEntries(inherited)
  if (env.PATH !== undefined) env.PATH = absolutePlaces(env.PATH)
  for (const { name, value } of secrets) env[name] = value.reveal()
  return env
}

/** A place that is meant from the working folder would be one that the agent chooses. */
const absolutePlaces = (path: string): string => path.split(":").filter((place) => place.startsWith("/")).join(":")
