import { expect, it } from "vitest"
import { createDatabases } from "../engines.ts"
import { createServers } from "./fixture.ts"
import { OPENING_CODE, openRawHolder, type Answer, type RawHolder } from "./raw-request.ts"

const freshDatabase = createDatabases()
const { startWithBox } = createServers()

/** What two holders do to each other's boxes, in whatever order. */
const ACTS: readonly ((one: RawHolder, other: RawHolder) => Promise<Answer>)[] = [
  (one, other) => one.ask("shareSecretTo", { shareToId: other.id, secretId: "s", secret: "x", isOneTimeSecret: true }),
  (one, other) => one.ask("openSubSpace", { fromId: other.id, closureDate: null }),
  (one, other) => one.ask("getSecretFrom", { fromId: other.id, secretId: "s" }),
  (one, other) => one.ask("deleteSubSpace", { fromId: other.id }),
  (one) => one.ask("openSecretSpace", { authCode: OPENING_CODE, closureDate: null }),
]

it("requests that take the same rows in another order are all answered, on PostgreSQL as well", { timeout: 60_000 }, async () => {
  const { raw, holder } = await startWithBox({ database: await freshDatabase("postgres") })
  const holders = [holder, ...(await Promise.all(Array.from({ length: 4 }, () => openRawHolder(raw))))]
  const pairs = holders.flatMap((one) => holders.map((other) => [one, other] as const))
  for (const [one, other] of pairs) await one.ask("openSubSpace", { fromId: other.id, closureDate: null })
  const answers = await Promise.all(Array.from({ length: 400 }, (_, i) => {
    const [one, other] = pairs[(i * 7) % pairs.length] as (typeof pairs)[number]
    return (ACTS[(i * 3 + (i >> 3)) % ACTS.length] as (typeof ACTS)[number])(one, other)
  }))
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
})
