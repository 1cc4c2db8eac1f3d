import type { StatementName } from "../src/core/ports/statements.ts"
import type { Transaction } from "../src/core/ports/storage.ts"
import { bytesOf, eventRow, plain, secretRow, tokenRow, versionRow } from "./storage-rows.ts"

/** One statement with its parameters. Numbers of events differ from engine to engine: `seqs` are those that are there. */
export interface Operation {
  name: StatementName
  how: "one" | "all" | "run"
  params: (seqs: readonly number[]) => object
}

/** Numbers from 0 to 1 that the seed alone decides (mulberry32). */
export const createRandom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const NAMESPACES = ["default", "é", "zz"]
const NAMES = ["A", "a", "b", "é", "\uFFFD", "\u{1F511}", "z"]
const TYPES = ["created", "read"]
const FIRST = new Uint8Array(0)
const LAST = new Uint8Array(17).fill(255)
const FAR = Number.MAX_SAFE_INTEGER

type Pick = <T>(items: readonly T[]) => T

/** Draws statements so that a few secrets, versions and tokens meet each other often. */
export const createOperations = (random: () => number): (() => Operation) => {
  const pick: Pick = (items) => items[Math.floor(random() * items.length)] as (typeof items)[number]
  const upTo = (max: number): number => Math.floor(random() * (max + 1))
  const maybe = <T>(value: T): T | null => (random() < 0.5 ? value : null)
  const secret = () =>
    secretRow(pick(NAMES), {
      namespace: pick(NAMESPACES),
      number: upTo(3),
      keyVersion: upTo(2),
      updatedAt: upTo(5),
      expiresAt: maybe(upTo(5)),
      metadata: maybe("{}"),
    })
  const version = () => versionRow(secret(), { number: upTo(3), sealed: bytesOf(String(upTo(9)), 300) })
  const wrapChange = () => {
    const { secretId, number, wrap } = version()
    const [oldWrap, newWrap] = [pick([wrap, bytesOf("a", 72)]), pick([wrap, bytesOf("a", 72)])]
    return { secretId, number, oldWrap, wrap: newWrap, keyVersion: upTo(2), tag: bytesOf("t"), sealed: bytesOf("s", upTo(400)) }
  }
  const event = () =>
    eventRow({
      createdAt: upTo(5),
      type: pick(TYPES),
      namespace: maybe(pick(NAMESPACES)),
      name: maybe(pick(NAMES)),
      secretId: maybe(secret().id),
    })
  const filter = () => ({
    namespace: pick(NAMESPACES),
    nameFrom: maybe(pick(NAMES)),
    nameTo: maybe(pick(NAMES)),
    expiresMax: maybe(upTo(5)),
    expiresMin: maybe(upTo(5)),
    keyVersion: maybe(upTo(2)),
    limit: 1 + upTo(5),
  })
  const page = (afterSort: number | string, afterId: Uint8Array) => ({
    ...filter(),
    ...pick([
      { afterSort, afterId },
      { afterSort: typeof afterSort === "string" ? pick(NAMES) : upTo(5), afterId: secret().id },
    ]),
  })
  const eventsPage = (afterCreatedAt: number, end: number) => {
    const own = {
      since: upTo(2),
      until: 3 + upTo(3),
      name: maybe(pick(NAMES)),
      type: maybe(pick(TYPES)),
      principalId: maybe("local"),
      limit: 1 + upTo(5),
      secretId: secret().id,
      namespace: pick(NAMESPACES),
      byName: pick(NAMES),
      byType: pick(TYPES),
      byPrincipal: "local",
    }
    const [inside, at, time] = [random() < 0.5, random(), upTo(5)]
    return (seqs: readonly number[]) => ({
      ...own,
      afterCreatedAt: inside ? time : afterCreatedAt,
      afterSeq: inside ? (seqs[Math.floor(at * seqs.length)] ?? 0) : end,
    })
  }
  const fixed = (name: StatementName, how: Operation["how"], params: object): Operation => ({ name, how, params: () => params })
  const token = () => tokenRow(pick(["t", "u", "ü"]), { name: pick(NAMES) })
  const dated = (id: string) => ({
    id,
    actor: "{}",
    hash: bytesOf(id),
    createdAt: 1,
    expiresAt: upTo(5),
    usedAt: null,
    attempts: 0,
    tag: bytesOf(id),
  })
  const some = <Name extends StatementName>(...names: Name[]): Name => pick(names)

  const draws: (() => Operation)[] = [
    () => fixed("insertSecret", "run", secret()),
    () => fixed("insertSecret", "run", secret()),
    () => fixed("updateSecret", "run", secret()),
    () => fixed("deleteSecret", "run", secret()),
    () => fixed("insertVersion", "run", version()),
    () => fixed("insertVersion", "run", version()),
    () => fixed(some("rewrapVersion", "reencryptVersion"), "run", wrapChange()),
    () => fixed("pruneVersions", "run", { secretId: secret().id, upTo: upTo(2) }),
    () => fixed(some("deleteVersions", "deleteUse"), "run", { secretId: secret().id }),
    () => fixed("touchSecret", "run", { secretId: secret().id, usedAt: upTo(9) }),
    () => fixed("appendEvent", "run", event()),
    () => fixed("appendEvent", "run", event()),
    () => fixed("deleteEventsBefore", "run", { cutoff: upTo(3), limit: 1 + upTo(3) }),
    () => fixed("takeLease", "run", { name: "l", holder: pick(NAMES), now: upTo(5), expiresAt: upTo(9) }),
    () => fixed("releaseLease", "run", { name: "l", holder: pick(NAMES) }),
    () => fixed("putProgress", "run", { name: pick(NAMES), position: pick(NAMES) }),
    () => fixed("lockProgress", "one", { name: pick(NAMES) }),
    () => fixed("insertToken", "run", token()),
    () => fixed("updateToken", "run", token()),
    () => fixed("insertWorkspace", "run", { id: pick(NAMES), createdAt: upTo(5), createdBy: "{}" }),
    () => fixed(some("deleteWorkspace", "deleteSession", "deleteLink"), "run", { id: pick(NAMES) }),
    () => fixed(some("insertSession", "insertLink"), "run", dated(pick(NAMES))),
    () => fixed(some("deleteSessionsBefore", "deleteLinksBefore"), "run", { cutoff: upTo(3) }),
    () =>
      fixed(
        some(
          "listTokens",
          "listWorkspaces",
          "listSessions",
          "listLinks",
          "countByNamespace",
          "countVersionsByKey",
          "countSecrets",
        ),
        "all",
        {},
      ),
    () => fixed(some("findSecret", "lockSecret", "findCurrent"), "one", secret()),
    () => fixed(some("findSecretById", "lockSecretById"), "one", secret()),
    () =>
      fixed("findCurrents", "all", { namespace: pick(NAMESPACES), names: JSON.stringify([pick(NAMES), pick(NAMES), "none"]) }),
    () => fixed(some("listVersions"), "all", { secretId: secret().id }),
    () => fixed("findVersion", "one", version()),
    () => fixed(some("listByUpdatedAsc", "listByExpiryAsc"), "all", page(-1, FIRST)),
    () => fixed(some("listByUpdatedDesc", "listByExpiryDesc"), "all", page(FAR, LAST)),
    () => fixed("listByNameAsc", "all", page("", FIRST)),
    () => fixed("listByNameDesc", "all", page("\u{10FFFF}", LAST)),
    () => fixed("lockExpired", "all", { cutoff: upTo(6), afterExpiresAt: upTo(3), afterId: secret().id, limit: 1 + upTo(3) }),
    () =>
      fixed(some("listSecretsUnderKey", "listAllSecrets"), "all", {
        keyVersion: upTo(2),
        afterNamespace: pick(NAMESPACES),
        afterSecretId: secret().id,
        limit: 1 + upTo(4),
      }),
    () => fixed("listNamespaceSecrets", "all", { namespace: pick(NAMESPACES), limit: 1 + upTo(4) }),
    () => fixed("dumpSecrets", "all", { afterId: secret().id, limit: 1 + upTo(4) }),
    () => fixed("dumpVersions", "all", { afterSecretId: secret().id, afterNumber: upTo(3), limit: 1 + upTo(4) }),
    () => ({
      name: some(
        "listEventsBySecretAsc",
        "listEventsByNamespaceAsc",
        "listEventsByNameAsc",
        "listEventsByTypeAsc",
        "listEventsByPrincipalAsc",
        "listStoreEventsAsc",
      ),
      how: "all",
      params: eventsPage(-1, 0),
    }),
    () => ({
      name: some(
        "listEventsBySecretDesc",
        "listEventsByNamespaceDesc",
        "listEventsByNameDesc",
        "listEventsByTypeDesc",
        "listEventsByPrincipalDesc",
        "listStoreEventsDesc",
      ),
      how: "all",
      params: eventsPage(FAR, FAR),
    }),
  ]
  return () => pick(draws)()
}

const UNORDERED: ReadonlySet<string> = new Set(["findCurrents"])

/** Runs one operation. @returns its answer with bytes as text and numbers of events as their rank */
export const answerOf = async (tx: Transaction, { name, how, params }: Operation): Promise<unknown> => {
  const seqs = (await tx.all("listEventsAfter", { seq: 0, limit: FAR })).map(({ seq }) => seq)
  const answer: unknown = await tx[how](name, params(seqs))
  const ranked = JSON.stringify(plain(answer), (key, value: unknown) => (key === "seq" ? seqs.indexOf(Number(value)) : value))
  const parsed: unknown = JSON.parse(ranked)
  return UNORDERED.has(name) && Array.isArray(parsed) ? parsed.map((row) => JSON.stringify(row)).toSorted() : parsed
}
