import type { StoreContext } from "./context.ts"
import type { EventRow, KeyVersionRow, RootWrapRow, SecretRow, StoreRow, TokenRow, VersionRow, WorkspaceRow } from "./ports/rows.ts"
import type { BoxSpaceRow } from "./ports/box-rows.ts"
import type { Reads } from "./ports/storage.ts"

/** One row of a backup. Sessions, sign-in links and last uses are left out: they end with the store that they were for. */
export type DumpRecord =
  | { table: "store"; row: StoreRow }
  | { table: "root_wraps"; row: RootWrapRow }
  | { table: "key_versions"; row: KeyVersionRow }
  | { table: "workspaces"; row: WorkspaceRow }
  | { table: "tokens"; row: TokenRow }
  | { table: "box_spaces"; row: BoxSpaceRow }
  | { table: "box_leftovers"; row: { id: string } }
  | { table: "secrets"; row: SecretRow }
  | { table: "versions"; row: VersionRow }
  | { table: "events"; row: EventRow }

export type DumpSink = (record: DumpRecord) => Promise<void> | void

const PAGE = 200

/** Gives every row that a backup holds, ciphertext as it stands, from one unchanging view of the database. */
export const dumpStore = (ctx: StoreContext, sink: DumpSink): Promise<void> =>
  ctx.storage.snapshot(async (reads) => {
    await dumpSmallTables(reads, sink)
    await dumpBoxSpaces(reads, sink)
    await dumpSecrets(reads, sink)
    await dumpVersions(reads, sink)
    await dumpEvents(reads, sink)
  })

const dumpSmallTables = async (reads: Reads, sink: DumpSink): Promise<void> => {
  for (const row of await reads.all("readStore", {})) await sink({ table: "store", row })
  for (const row of await reads.all("listRootWraps", {})) await sink({ table: "root_wraps", row })
  for (const row of await reads.all("listKeyVersions", {})) await sink({ table: "key_versions", row })
  for (const row of await reads.all("listWorkspaces", {})) await sink({ table: "workspaces", row })
  for (const row of await reads.all("listTokens", {})) await sink({ table: "tokens", row })
}

/** Their secrets lie among all others. Codes and signatures are left out: they count for days and minutes. */
const dumpBoxSpaces = async (reads: Reads, sink: DumpSink): Promise<void> => {
  for (let afterId = ""; ; ) {
    const rows = await reads.all("listAllBoxSpaces", { afterId, limit: PAGE })
    for (const row of rows) await sink({ table: "box_spaces", row })
    const last = rows.at(-1)
    if (last === undefined) break
    afterId = last.id
  }
  for (const row of await reads.all("listBoxLeftovers", { limit: ALL })) await sink({ table: "box_leftovers", row })
}
const ALL = 2_147_483_647

const dumpSecrets = async (reads: Reads, sink: DumpSink): Promise<void> => {
  for (let afterId = new Uint8Array(16); ; ) {
    const rows = await reads.all("dumpSecrets", { afterId, limit: PAGE })
    for (const row of rows) await sink({ table: "secrets", row })
    const last = rows.at(-1)
    if (last === undefined) return
    afterId = Uint8Array.from(last.id)
  }
}

const dumpVersions = async (reads: Reads, sink: DumpSink): Promise<void> => {
  for (let after = { afterSecretId: new Uint8Array(16), afterNumber: 0 }; ; ) {
    const rows = await reads.all("dumpVersions", { ...after, limit: PAGE })
    for (const row of rows) await sink({ table: "versions", row })
    const last = rows.at(-1)
    if (last === undefined) return
    after = { afterSecretId: Uint8Array.from(last.secretId), afterNumber: last.number }
  }
}

const dumpEvents = async (reads: Reads, sink: DumpSink): Promise<void> => {
  for (let seq = 0; ; ) {
    const rows = await reads.all("listEventsAfter", { seq, limit: PAGE })
    for (const row of rows) await sink({ table: "events", row })
    const last = rows.at(-1)
    if (last === undefined) return
    seq = last.seq
  }
}
