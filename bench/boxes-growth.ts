import { join } from "node:path"
import { createBoxServer, type BoxServer } from "../src/boxes/server/box-server.ts"
import { scattered, withContext, withFolder } from "./bench-store.ts"
import { fillBoxes, secretIdOf } from "./boxes-fill.ts"
import type { Holder } from "./boxes-holder.ts"
import { collectGarbage, median } from "./measure.ts"
import { ratioAtMost, type BenchRow } from "./row.ts"

const FEW = 10
const MANY = 10_000
const SECRETS = 100
const ROUNDS = 15
/** Of one round and side. */
const GROUPS = 10
/** As many as one commit takes: what is left of a `get` is then mostly looking up, not the disk's flush. */
const GROUP = 64

/**
 * How `get` slows down from ten boxes to ten thousand: requests straight to the server part, scattered over all boxes and their
 * secrets. Each key has asked before, so that what the server keeps of it lies ready on both sides.
 */
export const runBoxGrowthBench = (): Promise<BenchRow[]> =>
  withFolder((folder) => {
    const [fewPath, manyPath] = ["few", "many"].map((name) => join(folder, `${name}.db`)) as [string, string]
    return withContext({ database: `file:${fewPath}` }, ({ ctx: few }) =>
      withContext({ database: `file:${manyPath}` }, async ({ ctx: many }) => {
        const sides = [
          createSide(createBoxServer(few, { anonymous: "deny" }), await fillBoxes(few, fewPath, { boxes: FEW, secrets: SECRETS })),
          createSide(createBoxServer(many, { anonymous: "deny" }), await fillBoxes(many, manyPath, { boxes: MANY, secrets: SECRETS })),
        ]
        for (const side of sides) await side(Math.ceil(MANY / GROUP))
        const [other = [], own = []] = await rounds(sides)
        return [
          {
            operation: "box: get, SQLite: growth", size: `${MANY} boxes`, unit: "us", against: `${FEW} boxes`,
            sotto: median(own), other: median(other), ratio: median(own.map((each, i) => each / (other[i] as number))), limit: ratioAtMost(1.2),
          },
        ]
      }),
    )
  })

/** @returns microseconds for a `get` */
type Side = (groups: number) => Promise<number>

const rounds = async (sides: readonly Side[]): Promise<number[][]> => {
  const times: number[][] = sides.map(() => [])
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 0; i < sides.length; i++) {
      const turn = (round + i) % sides.length
      times[turn]?.push((await sides[turn]?.(GROUPS)) as number)
    }
  return times
}

const createSide = (server: BoxServer, holders: readonly Holder[]): Side => {
  let next = 0
  const bodyOfNext = (): string => {
    const i = next++
    return (holders[scattered(i, holders.length)] as Holder).body("getSecret", { secretId: secretIdOf(scattered(i, 99_991) % SECRETS) })
  }
  return async (count) => {
    const groups = Array.from({ length: count }, () => Array.from({ length: GROUP }, bodyOfNext))
    collectGarbage()
    const startMs = performance.now()
    for (const bodies of groups) await Promise.all(bodies.map((body) => askFor(server, body)))
    return ((performance.now() - startMs) * 1000) / (count * GROUP)
  }
}

const askFor = async (server: BoxServer, text: string): Promise<void> => {
  const { text: answer } = await server.answer({ route: "getSecret", text, binding: undefined, admit: async () => undefined })
  if (!answer.includes("referencePointHex")) throw new Error(`a box answered: ${answer}`)
}
