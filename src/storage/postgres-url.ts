import type { ClientConfig } from "pg"
import { readFile } from "node:fs/promises"
import type { ConnectionOptions } from "node:tls"
import { SecretError } from "../base/errors.ts"

/** Where a PostgreSQL is and how to reach it. */
export interface PostgresAddress {
  /** The schema that holds Sotto's tables: a plain identifier. */
  schema: string
  client: ClientConfig
}

const SCHEMA = /^[A-Za-z_][A-Za-z0-9_]{0,55}$/ // with "_events" behind it a channel name still has at most 63 bytes
const PARAMETERS = new Set([
  "schema", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "options", "application_name", "connect_timeout",
])
const VERIFYING = new Set(["require", "verify-ca", "verify-full"])

const refusal = (message: string, help?: string): SecretError =>
  new SecretError("invalid_argument", message, help === undefined ? {} : { help })

/**
 * Reads a `postgres://` URL. Beyond loopback and unix sockets the connection is TLS with a verified certificate and host
 * name, whatever `sslmode` says.
 * @throws {SecretError} invalid_argument; no message quotes the URL, which may hold a password
 */
export const parsePostgresUrl = async (text: string): Promise<PostgresAddress> => {
  const url = urlOf(text)
  const parameters = parametersOf(url)
  const host = hostOf(url, parameters)
  const schema = parameters.get("schema") ?? "sotto"
  if (!SCHEMA.test(schema)) throw refusal("The schema of a postgres:// URL must be a plain identifier of at most 56 characters.")
  const user = decoded(url.username)
  const password = decoded(url.password)
  const database = decoded(url.pathname.slice(1))
  return {
    schema,
    client: {
      host,
      ssl: await tlsOf(host, parameters),
      options: optionsOf(schema, parameters.get("options")),
      application_name: parameters.get("application_name") ?? "sotto",
      connectionTimeoutMillis: wholeNumber("connect_timeout", parameters.get("connect_timeout") ?? "10", 600) * 1000,
      ...portOf(parameters.get("port") ?? url.port),
      ...(user === "" ? {} : { user }),
      ...(password === "" ? {} : { password }),
      ...(database === "" ? {} : { database }),
    },
  }
}

// A user at no host (the host is a parameter) is a URL for PostgreSQL and not for WHATWG.
const urlOf = (text: string): URL => {
  const written = URL.canParse(text) ? text : text.replace("@/", "@localhost/")
  if (!/^postgres(ql)?:\/\//i.test(written) || !URL.canParse(written)) throw refusal("The database is no postgres:// URL.")
  return new URL(written)
}

const hostOf = (url: URL, parameters: Map<string, string>): string => {
  const host = parameters.get("host") ?? decoded(url.hostname.replace(/^\[|\]$/g, ""))
  return host === "" ? (process.env["PGHOST"] ?? "localhost") : host
}

const parametersOf = (url: URL): Map<string, string> => {
  const parameters = new Map(url.searchParams)
  for (const name of parameters.keys()) {
    if (!PARAMETERS.has(name)) {
      // Not even its name is told: a password with an unescaped ? would show.
      throw refusal("The postgres:// URL has an unknown parameter.", `It takes ${[...PARAMETERS].join(", ")}.`)
    }
  }
  return parameters
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refusal("A part of the postgres:// URL is not percent-encoded correctly.")
  }
}

const wholeNumber = (name: string, text: string, max: number): number => {
  const number = Number(text)
  if (!/^\d{1,6}$/.test(text) || number < 1 || number > max) throw refusal(`${name} must be a whole number from 1 to ${max}.`)
  return number
}

const portOf = (text: string): { port?: number } => (text === "" ? {} : { port: wholeNumber("port", text, 65_535) })

const isNear = (host: string): boolean => host.startsWith("/") || /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)

const tlsOf = async (host: string, parameters: Map<string, string>): Promise<false | ConnectionOptions> => {
  const mode = parameters.get("sslmode") ?? (isNear(host) ? "disable" : "verify-full")
  if (mode === "disable" && isNear(host)) return false
  if (!VERIFYING.has(mode)) {
    throw refusal(
      "Beyond loopback PostgreSQL is reached over verified TLS only.",
      "Leave sslmode out or write sslmode=verify-full, with sslrootcert=FILE for a certificate authority of your own.",
    )
  }
  const [ca, cert, key] = await Promise.all(
    (["sslrootcert", "sslcert", "sslkey"] as const).map((name) => fileOf(name, parameters.get(name))),
  )
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

const fileOf = async (name: string, path: string | undefined): Promise<string | undefined> => {
  if (path === undefined || (name === "sslrootcert" && path === "system")) return undefined
  try {
    return await readFile(path, "utf8")
  } catch {
    throw refusal(`The file that ${name} names cannot be read.`)
  }
}

// No statement of Sotto needs a scan or a sort, so a plan never hangs on the statistics of a table that has just grown;
// and what is not a write transaction cannot write.
const SETTINGS = [
  "default_transaction_read_only=on",
  "plan_cache_mode=force_generic_plan",
  "enable_seqscan=off",
  "enable_bitmapscan=off",
  "enable_sort=off",
  "jit=off",
]

const optionsOf = (schema: string, own: string | undefined): string =>
  [...(own === undefined ? [] : [own]), ...[`search_path="${schema}"`, ...SETTINGS].map((setting) => `-c ${setting}`)].join(" ")
