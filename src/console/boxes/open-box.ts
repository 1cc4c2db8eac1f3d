import type { ClosureDate } from "../../boxes/client/closure-date.ts"
import { createClient, type BoxClient } from "../../boxes/client/create-client.ts"
import { exportKey } from "../../boxes/client/key-file.ts"
import { createKeyPair, keyPairOf } from "../../boxes/client/keys.ts"
import { parseKey } from "../../boxes/client/input.ts"
import { hexToBytes } from "../../boxes/protocol/hex.ts"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { ANONYMOUS_CODE } from "../../boxes/protocol/routes.ts"
import { hex } from "../../base/bytes.ts"
import { Observable } from "../parts/observable.ts"
import { openBoxDatabase, type BoxDatabase } from "./box-database.ts"
import { parseNotes, type Notes } from "./notes.ts"

interface Opening {
  /** The page's own server. */
  origin: string
  now(): number
}

export interface NewBox {
  code?: string
  closesAfter?: ClosureDate
}

interface Parts {
  client: BoxClient
  id: BoxId
  database: BoxDatabase
  notes: Notes
  isSaved: boolean
}

/** An open key at work. It is in this object and nowhere else: whoever lets go of the object has locked the box. */
export class OpenBox extends Observable {
  readonly client: BoxClient
  readonly id: BoxId
  readonly #database: BoxDatabase
  #notes: Notes
  #isSaved: boolean

  constructor({ client, id, database, notes, isSaved }: Parts) {
    super()
    this.client = client
    this.id = id
    this.#database = database
    this.#notes = notes
    this.#isSaved = isSaved
  }

  get notes(): Notes {
    return this.#notes
  }

  /** Whether the key is anywhere but here. */
  get isSaved(): boolean {
    return this.#isSaved
  }

  /** Settles when it is kept. */
  async note(change: (notes: Notes) => Notes): Promise<void> {
    const next = change(parseNotes(await this.#database.readNotes())) // another tab may have written since
    await this.#database.writeNotes(JSON.stringify(next))
    this.#notes = next
    this.changed()
  }

  sealKey(passphrase: string): Promise<string> {
    return exportKey(this.client, passphrase)
  }

  noteSaved(): void {
    this.#isSaved = true
    this.changed()
  }

  /** Of what the browser holds open; the key goes with the last reference. */
  close(): void {
    this.#database.close()
  }
}

/** A box of a key pair made here. @throws SecretError in the server's words where it opens none */
export const openNewBox = (opening: Opening, box: NewBox): Promise<OpenBox> => openWith(opening, hex(createKeyPair().seed), { box, isSaved: false })

/** The box of this key. @param box where it is to be opened first. @throws SecretError `not_found` where there is none */
export const openBoxOf = (opening: Opening, secretKey: string, box?: NewBox): Promise<OpenBox> =>
  openWith(opening, parseKey("secretKeyHex", secretKey.trim().toLowerCase()) ?? "", { ...(box && { box }), isSaved: true })

const openWith = async ({ origin, now }: Opening, secretKeyHex: string, { box, isSaved }: { box?: NewBox; isSaved: boolean }): Promise<OpenBox> => {
  const { id } = keyPairOf(hexToBytes(secretKeyHex))
  const database = await openBoxDatabase(id)
  try {
    const { code = ANONYMOUS_CODE, closesAfter = null } = box ?? {}
    const opened = box !== undefined && { authCode: code.trim().toLowerCase(), closureDate: closesAfter }
    const client = createClient({ serverURL: `${origin}/boxes`, secretKeyHex, publicKeyHex: id, state: database.state, now, ...opened })
    await client.ready
    if (box === undefined) await client.getSecretSpace()
    return new OpenBox({ client, id, database, notes: parseNotes(await database.readNotes()), isSaved })
  } catch (error) {
    database.close()
    throw error
  }
}
