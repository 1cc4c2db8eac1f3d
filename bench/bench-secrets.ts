import type { NamedValue } from "../src/redact/index.ts"
import { ALPHANUMERIC, HEX, seeded, textOf } from "./log-text.ts"

/** What a team's secrets look like, one kind after the other. */
const KINDS: readonly ((random: () => number) => string)[] = [
  (random) => textOf(ALPHANUMERIC, 32, random),
  (random) => textOf(HEX, 40, random),
  (random) => `postgres://app:${textOf(ALPHANUMERIC, 20, random)}@db.internal:5432/app`,
  (random) => `sk_live_${textOf(ALPHANUMERIC, 24, random)}`,
  (random) => `${textOf(`${ALPHANUMERIC}+/`, 43, random)}=`,
  (random) => textOf(`${ALPHANUMERIC}!"$%&/()=?+*#'-_.:,;<>`, 24, random),
  (random) => `-----BEGIN KEY-----\n${Array.from({ length: 6 }, () => textOf(`${ALPHANUMERIC}+/`, 64, random)).join("\n")}\n-----END KEY-----\n`,
  (random) => textOf(ALPHANUMERIC, 20, random),
]

export const benchSecrets = (count: number): NamedValue[] => {
  const random = seeded(count)
  return Array.from({ length: count }, (_, i) => ({ name: `SECRET_${i}`, value: (KINDS[i % KINDS.length] as (typeof KINDS)[number])(random) }))
}
