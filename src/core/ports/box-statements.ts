import type { BoxCodeRow, BoxSignatureRow, BoxSpaceRow } from "./box-rows.ts"
import type { CurrentRow } from "./rows.ts"
import type { Statement } from "./statement.ts"

type None = Record<never, never>
type SpaceKey = Pick<BoxSpaceRow, "box" | "sender">
interface Count {
  count: number
}

export interface BoxStatements {
  findBoxSpace: Statement<SpaceKey, BoxSpaceRow>
  /** Holds the space against its end until the transaction ends; others may hold it so too. */
  shareBoxSpace: Statement<SpaceKey, BoxSpaceRow>
  lockBoxSpace: Statement<SpaceKey, BoxSpaceRow>
  /** The box itself first. */
  listBoxSpaces: Statement<{ box: Uint8Array }, BoxSpaceRow>
  listClosedBoxSpaces: Statement<{ now: number; afterClosesAt: number; afterId: string; limit: number }, BoxSpaceRow>
  listAllBoxSpaces: Statement<{ afterId: string; limit: number }, BoxSpaceRow>
  /** The box itself is counted as well, and nothing that is over. At most `limit`, as of the other counts. */
  countBoxSenders: Statement<{ box: Uint8Array; now: number; limit: number }, Count>
  /** Writes nothing where there is one. */
  insertBoxSpace: Statement<BoxSpaceRow>
  updateBoxSpace: Statement<Pick<BoxSpaceRow, "id" | "facts" | "closesAt" | "tag">>
  deleteBoxSpace: Statement<{ id: string }>
  /** In the order of their names, behind `afterName`. */
  listBoxSecrets: Statement<{ namespace: string; afterName: string; limit: number }, CurrentRow>
  countBoxSecrets: Statement<{ namespace: string; limit: number }, Count>
  /** A space that is gone and whose secrets are not yet. */
  insertBoxLeftover: Statement<{ id: string }>
  listBoxLeftovers: Statement<{ limit: number }, { id: string }>
  deleteBoxLeftover: Statement<{ id: string }>
  insertBoxCode: Statement<BoxCodeRow>
  findBoxCode: Statement<{ hash: Uint8Array }, BoxCodeRow>
  lockBoxCode: Statement<{ hash: Uint8Array }, BoxCodeRow>
  listBoxCodes: Statement<None, BoxCodeRow>
  countBoxCodes: Statement<{ creator: Uint8Array; now: number; limit: number }, Count>
  updateBoxCode: Statement<Pick<BoxCodeRow, "hash" | "tag">>
  deleteBoxCode: Statement<{ hash: Uint8Array }>
  deleteBoxCodesBefore: Statement<{ now: number }>
  /** Writes nothing for one that was accepted before. */
  insertBoxSignature: Statement<BoxSignatureRow>
  deleteBoxSignaturesBefore: Statement<{ now: number }>
}
