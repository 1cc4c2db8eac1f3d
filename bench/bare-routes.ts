import { createSecretKey } from "node:crypto"
import type { FastifyInstance, RouteOptions } from "fastify"
import type Database from "better-sqlite3"
import { API_BASE } from "../src/api/route.ts"
import type { StoreContext } from "../src/core/context.ts"
import type { CurrentRow } from "../src/core/ports/rows.ts"
import type { ListedRow } from "../src/core/ports/statements.ts"
import { randomBytes } from "../src/crypto/random.ts"
import { sqliteText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { bareTag, createBareKeys } from "./bare-crypto.ts"
import { KEK, NAMESPACE } from "./bench-store.ts"

const REVEAL = `${API_BASE}/workspaces/:w/secrets/:ref/value`
const LIST = `${API_BASE}/workspaces/:w/secrets`

/** About what the tag of a secret's row is made over. */
const ROW_MESSAGE_BYTES = 190

/**
 * Puts routes beside the server's own, behind the same hooks: the same reads, the bare decryption, the same rows written
 * in groups, the same JSON. They check nothing; `bare-tagged` makes a hundred HMACs besides.
 */
export const addBareRoutes = (app: FastifyInstance, ctx: StoreContext, db: Database.Database): void => {
  const reveal = createReveal(ctx, db)
  const list = createList(db)
  const key = createSecretKey(randomBytes(32))
  const message = randomBytes(ROW_MESSAGE_BYTES)
  app.addHook("onRoute", function (this: FastifyInstance, route: RouteOptions) {
    const shared = { method: route.method, config: route.config ?? {} }
    if (route.method !== "GET") return
    if (route.url === REVEAL) this.route({ ...shared, url: `/bare${REVEAL}`, handler: (request) => reveal((request.params as { ref: string }).ref) })
    if (route.url !== LIST) return
    this.route({ ...shared, url: `/bare${LIST}`, handler: async () => list() })
    this.route({ ...shared, url: `/bare-tagged${LIST}`, handler: async () => list(() => bareTag(key, message)) })
  })
}

const prepare = <Row>(db: Database.Database, name: "findCurrent" | "appendEvent" | "touchSecret" | "listByNameAsc") =>
  db.prepare<[object], Row>(sqliteText(statements[name]))

const createReveal = (ctx: StoreContext, db: Database.Database): ((name: string) => Promise<object>) => {
  const keys = createBareKeys(KEK, ctx.keys.current.storeId, 1)
  const find = prepare<CurrentRow>(db, "findCurrent")
  const record = createGroupedInsert(db)
  return async (name) => {
    const row = find.get({ namespace: NAMESPACE, name }) as CurrentRow
    const value = keys.openValue(keys.unwrap(row.wrap, row.id, row.versionId), row.sealed, row.id, row.versionId)
    await record(row)
    return { key: row.name, value, version: row.number, updatedAt: row.updatedAt }
  }
}

interface Waiting {
  row: CurrentRow
  resolve: () => void
}

/** Whoever waits while a group is written makes the next one. */
const createGroupedInsert = (db: Database.Database): ((row: CurrentRow) => Promise<void>) => {
  const append = prepare<unknown>(db, "appendEvent")
  const touch = prepare<unknown>(db, "touchSecret")
  const insertAll = db.transaction((group: readonly Waiting[]) => {
    const at = Date.now()
    for (const { row: { id: secretId, namespace, name, number: version } } of group) {
      const body = JSON.stringify({ at, name, namespace, principal: PRINCIPAL, secretId: Buffer.from(secretId).toString("hex"), type: "read", version })
      append.run({ createdAt: at, type: "read", namespace, name, secretId, principalId: PRINCIPAL.id, body: Buffer.from(body) })
      touch.run({ secretId, usedAt: at })
    }
  })
  let waiting: Waiting[] = []
  const drain = (): void => {
    const group = waiting
    waiting = []
    insertAll.immediate(group)
    for (const { resolve } of group) resolve()
  }
  return (row) =>
    new Promise((resolve) => {
      waiting.push({ row, resolve })
      if (waiting.length === 1) setImmediate(drain)
    })
}

const PRINCIPAL = { id: "0123456789abcdef", kind: "service", name: "bench" }

const createList = (db: Database.Database): ((onRow?: () => void) => object) => {
  const page = prepare<ListedRow>(db, "listByNameAsc")
  const none = { nameFrom: null, nameTo: null, expiresMin: null, expiresMax: null, keyVersion: null }
  return (onRow) => {
    const rows = page.all({ namespace: NAMESPACE, afterSort: "", afterId: new Uint8Array(16), limit: 101, ...none })
    const items = rows.slice(0, 100).map((row) => ({
      id: Buffer.from(row.id).toString("hex"), key: row.name, hasValue: row.hasValue === 1, version: row.number, createdAt: row.createdAt,
      updatedAt: row.updatedAt, state: "active", keyVersion: row.keyVersion,
    }))
    if (onRow) for (let i = 0; i < items.length; i++) onRow()
    return { page: items, isDone: false, continueCursor: items.at(-1)?.key }
  }
}
