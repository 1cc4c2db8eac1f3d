// What careless programs do: print what they were given, as it is and encoded.
import { readFileSync } from "node:fs"
import { inspect } from "node:util"

const secrets = {
  DEPLOY_TOKEN: readFileSync(process.env.DEPLOY_TOKEN, "utf8"),
  STRIPE_KEY: process.env.STRIPE_KEY,
  SENTRY_DSN: readFileSync(process.env.SENTRY_DSN, "utf8"),
}

const encodings = {
  plain: (value) => value,
  base64: (value) => Buffer.from(value).toString("base64"),
  base64url: (value) => Buffer.from(`user:${value}`).toString("base64url"),
  hex: (value) => Buffer.from(value).toString("hex"),
  url: (value) => encodeURIComponent(value),
  json: (value) => JSON.stringify({ value }),
}

for (const [name, value] of Object.entries(secrets))
  for (const [encoding, encode] of Object.entries(encodings)) process.stdout.write(`${name} ${encoding}: ${encode(value)}\n`)
process.stderr.write(`${inspect(secrets)}\n`)
