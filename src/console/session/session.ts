import { isSecretError, type SecretError } from "../../base/errors.ts"
import { createClient, type Client } from "../../client/create-client.ts"
import { Observable } from "../parts/observable.ts"
import { asSecretError } from "../parts/use-action.ts"
import { ServerClock } from "./server-clock.ts"
import type { SessionChannel } from "./session-channel.ts"

export type Me = Awaited<ReturnType<Client["me"]>>

/** Somebody who is signed in, or was a moment ago. */
export interface SignedIn {
  me: Me
  client: Client
  /** For what has to be sent while the page goes away. */
  lastWords: Client
  /** The server's, as far as its answers tell: this machine's may be wrong. */
  clock: { now(): number }
}

export type SessionState =
  | { status: "starting" }
  | { status: "out"; problem?: SecretError; notice?: string }
  | ({ status: "in" } & SignedIn)
  /** It ended in the middle: what was typed is still there for whoever comes back. */
  | ({ status: "ended" } & SignedIn)

export interface SessionParts {
  origin: string
  /** Of this tab alone. */
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">
  channel: SessionChannel
}

const HALF = "sotto.session"

const ENDED = "Your session has ended. Sign in again."
const SIGNED_OUT_HERE = "You are signed out here, but the server did not answer: there the session ends by itself, within twelve hours."

/** Signs a person in and out. The half that is no cookie lives in this tab's memory and storage, and nowhere else. */
export class Session extends Observable {
  readonly #parts: SessionParts
  readonly #clock = new ServerClock()
  #state: SessionState = { status: "starting" }

  constructor(parts: SessionParts) {
    super()
    this.#parts = parts
    parts.channel.onChange((half) => this.#follow(half))
    parts.channel.answerWith(() => (this.#state.status === "in" ? this.#half : null))
  }

  get state(): SessionState {
    return this.#state
  }

  /** With the code of a link, where there is one. */
  async start(code: string | null): Promise<void> {
    if (code !== null) return this.#startWith(code)
    const half = this.#half ?? (await this.#parts.channel.ask())
    return half === null ? this.#change({ status: "out" }) : this.#resume(half)
  }

  async #startWith(code: string): Promise<void> {
    try {
      await this.signIn(code)
    } catch (thrown) {
      if (this.#state.status === "in") return // who is signed in stays so
      this.#change({ status: "out", problem: asSecretError(thrown) })
    }
  }

  /** @throws SecretError `unauthorized` for a code that is wrong, used or too old */
  async signIn(code: string): Promise<void> {
    const { session } = await createClient({ url: this.#parts.origin }).signIn(code)
    await this.#enter(session)
    this.#parts.channel.tell(session)
  }

  async signOut(): Promise<void> {
    const isTold = this.#state.status !== "in" || (await this.#state.client.signOut().then(Boolean, () => false))
    this.#keep(null)
    this.#parts.channel.tell(null)
    this.#change({ status: "out", notice: isTold ? "You are signed out." : SIGNED_OUT_HERE })
  }

  get #half(): string | null {
    return this.#parts.storage.getItem(HALF)
  }

  #keep(half: string | null): void {
    if (half === null) this.#parts.storage.removeItem(HALF)
    else this.#parts.storage.setItem(HALF, half)
  }

  #change(state: SessionState): void {
    this.#state = state
    this.changed()
  }

  async #enter(half: string): Promise<void> {
    this.#keep(half)
    const client = this.#clientOf(half, {})
    const me = await client.me()
    this.#change({ status: "in", me, client, clock: this.#clock, lastWords: this.#clientOf(half, { keepalive: true }) })
  }

  async #resume(half: string): Promise<void> {
    try {
      await this.#enter(half)
    } catch (thrown) {
      const isOver = isSecretError(thrown) && thrown.code === "unauthorized"
      this.#change({ status: "out", ...(isOver ? { notice: ENDED } : { problem: asSecretError(thrown) }) })
    }
  }

  /** What another tab did: the cookie is one for all of them. */
  #follow(half: string | null): void {
    if (half !== null) return void this.#resume(half)
    if (this.#state.status === "out") return
    this.#keep(null)
    this.#change({ status: "out", notice: "You signed out in another tab." })
  }

  #end(half: string): void {
    if (this.#half !== half) return // an answer to a session before this one
    this.#keep(null)
    if (this.#state.status === "in") this.#change({ ...this.#state, status: "ended" })
  }

  /** Whatever is asked, an answer that the session is over ends it here. */
  #clientOf(half: string, more: RequestInit): Client {
    const watched: typeof fetch = async (input, init) => {
      const response = await fetch(input, { ...init, ...more })
      this.#clock.hear(response.headers.get("date"))
      if (response.status === 401) this.#end(half)
      return response
    }
    return createClient({ url: this.#parts.origin, session: half, fetch: watched })
  }
}
