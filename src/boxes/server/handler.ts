import type { BoxSpace } from "../../core/boxes/space.ts"
import type { StoreContext, Transaction } from "../../core/context.ts"
import type { NewEvent } from "../../core/event.ts"
import type { SigningKey } from "../../crypto/ed25519.ts"
import type { BodyOf, RouteName } from "../protocol/routes.ts"
import type { Peer, Peers } from "./peers.ts"
import { noSpace, Refusal } from "./refusal.ts"

/** A request whose sender is proved. */
export interface Ask<Name extends RouteName> {
  /** Its actor is the sender. */
  ctx: StoreContext
  body: BodyOf<Name>
  peer: Peer
  peers: Peers
  server: { id: string; signing: SigningKey }
  settings: BoxSettings
  /** The sender's own box; null where there is none that is open. */
  own: BoxSpace | null
  /** Whether the request names this server. */
  isBound: boolean
  /** For what the server signs itself: above all before. */
  nextCounter(): number
}

export interface BoxSettings {
  /** Whether whoever asks may open a box, by the code that every client knows. */
  anonymous: "allow" | "deny"
}

/** What is left to do in the transaction that also remembers the signature. A refusal in it comes before its first write. */
export type Commit = (tx: Transaction) => Promise<Done>

export interface Done {
  /** JSON text. */
  answer: string
  event?: NewEvent
}

/** Reads and does the costly part before the transaction. @throws Refusal */
export type Handler<Name extends RouteName> = (ask: Ask<Name>) => Promise<Commit>

export const OK = JSON.stringify({ ok: true })

export const ownSpace = (own: BoxSpace | null, id: string): BoxSpace => {
  if (own === null) throw noSpace(id)
  return own
}

export const assertSecretId = (secretId: string): void => {
  if (secretId === "") throw new Refusal("No secretId provided!")
}

const SHOWN = 256

/** An id may be as long as a body: the log has its beginning. */
export const shownId = (secretId: string): string => (secretId.length > SHOWN ? `${secretId.slice(0, SHOWN)}…` : secretId).toWellFormed()
