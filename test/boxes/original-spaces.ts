import { asymmetricEncrypt, publicKeyOf, saltContent, sign, type OriginalSealed } from "./original-crypto.ts"

/*
 * What a server of Secret Manager 0.0.6 keeps, in memory: spaces, what is in them, and when they end. Each method throws
 * the text of an answer 200 with an `error`.
 */

interface Secret {
  secret: OriginalSealed
  isOneTime?: true
}

interface SubSpace {
  meta: { id: string; closureDate: number | null }
  secrets: Map<string, Secret>
}

interface Space {
  closureDate: number | null
  owner: string | undefined
  secrets: Map<string, Secret>
  subSpaces: Map<string, SubSpace>
}

interface Shared {
  to: string
  from: string
  secretId: string
  secret: string
  isOneTime: boolean
}

const HEARTBEAT_MS = 60_000

/** The server's layer around a text that `id` shall read. */
const sealed = (text: string, id: string): OriginalSealed => asymmetricEncrypt(saltContent(text), id)

export class OriginalSpaces {
  readonly #spaces = new Map<string, Space>()
  readonly #now: () => number
  readonly #serverKey: string
  #lastBeat: number

  constructor(serverKey: string, now: () => number) {
    this.#serverKey = serverKey
    this.#now = now
    this.#lastBeat = now()
  }

  /** Deletes what has ended, where a beat was due. The original's own timer is real time; here it is the clock's. */
  beat(): void {
    if (this.#now() - this.#lastBeat < HEARTBEAT_MS) return
    this.#lastBeat = this.#now()
    for (const [id, space] of this.#spaces) {
      if (this.#hasPassed(space.closureDate)) this.#spaces.delete(id)
      else this.#closeSubSpaces(space)
    }
  }

  open(id: string, closureDate: number | null, owner: string | undefined): void {
    this.#assertAhead(closureDate)
    const space = this.#find(id)
    if (space === undefined) this.#spaces.set(id, { closureDate, owner, secrets: new Map(), subSpaces: new Map() })
    else if (closureDate !== null && closureDate !== space.closureDate) throw new Error("Updating the closureDate is not allowed!")
  }

  read(id: string): OriginalSealed {
    const space = this.#space(id)
    this.#closeSubSpaces(space)
    const subSpaces = Object.fromEntries([...space.subSpaces].map(([from, subSpace]) => [from, plainOf(subSpace)]))
    const plain = { meta: this.#metaOf(id, space), secrets: Object.fromEntries(space.secrets), subSpaces }
    plain.meta.serverSig = sign(JSON.stringify(plain), this.#serverKey)
    return sealed(JSON.stringify(plain), id)
  }

  erase(id: string): void {
    this.#spaces.delete(id)
  }

  setSecret(id: string, secretId: string, secret: string): void {
    assertSecretId(secretId)
    this.#space(id).secrets.set(secretId, { secret: sealed(secret, id) })
  }

  getSecret(id: string, secretId: string): OriginalSealed {
    assertSecretId(secretId)
    return secretOf(this.#space(id).secrets, secretId).secret
  }

  deleteSecret(id: string, secretId: string): void {
    assertSecretId(secretId)
    const { secrets } = this.#space(id)
    secretOf(secrets, secretId)
    secrets.delete(secretId)
  }

  // One that has ended and that nobody has touched since counts as open here: the answer is ok, and nothing is opened.
  openSubSpace(id: string, from: string, closureDate: number | null): void {
    const { subSpaces } = this.#space(id)
    if (subSpaces.has(from)) return void this.#findSubSpace(id, from)
    this.#assertAhead(closureDate)
    subSpaces.set(from, { meta: { id: `${id}.${from}`, closureDate }, secrets: new Map() })
  }

  readSubSpace(id: string, from: string): OriginalSealed {
    return sealed(JSON.stringify(plainOf(this.#subSpace(id, from))), id)
  }

  deleteSubSpace(id: string, from: string): void {
    this.#subSpace(id, from)
    this.#space(id).subSpaces.delete(from)
  }

  /** Once a secret is to be read one time, it stays so, whatever overwrites it. */
  share({ to, from, secretId, secret, isOneTime }: Shared): void {
    assertSecretId(secretId)
    const { secrets } = this.#subSpace(to, from)
    const oneTime = isOneTime || secrets.get(secretId)?.isOneTime === true
    secrets.set(secretId, { secret: sealed(secret, to), ...(oneTime && { isOneTime: true }) })
  }

  getSharedSecret(id: string, from: string, secretId: string): OriginalSealed {
    assertSecretId(secretId)
    const { secrets } = this.#subSpace(id, from)
    const { secret, isOneTime } = secretOf(secrets, secretId)
    if (isOneTime) secrets.delete(secretId)
    return secret
  }

  #metaOf(id: string, { closureDate, owner }: Space) {
    return { id, closureDate, ...(owner !== undefined && { owner }), communication: "", serverPub: publicKeyOf(this.#serverKey), serverSig: "" }
  }

  #hasPassed(closureDate: number | null): boolean {
    return closureDate !== null && closureDate <= this.#now()
  }

  #assertAhead(closureDate: number | null): void {
    if (this.#hasPassed(closureDate)) throw new Error("ClosureDate has already passed!")
  }

  #closeSubSpaces(space: Space): void {
    for (const [from, { meta }] of space.subSpaces) if (this.#hasPassed(meta.closureDate)) space.subSpaces.delete(from)
  }

  #find(id: string): Space | undefined {
    const space = this.#spaces.get(id)
    if (space === undefined || !this.#hasPassed(space.closureDate)) return space
    this.#spaces.delete(id)
    return undefined
  }

  #space(id: string): Space {
    const space = this.#find(id)
    if (space === undefined) throw new Error(`SecretSpace for "${id}" did not exist!`)
    return space
  }

  #findSubSpace(id: string, from: string): SubSpace | undefined {
    const { subSpaces } = this.#space(id)
    const subSpace = subSpaces.get(from)
    if (subSpace === undefined || !this.#hasPassed(subSpace.meta.closureDate)) return subSpace
    subSpaces.delete(from)
    return undefined
  }

  #subSpace(id: string, from: string): SubSpace {
    const subSpace = this.#findSubSpace(id, from)
    if (subSpace === undefined) throw new Error(`There is no SubSpace for "${from}"`)
    return subSpace
  }
}

const plainOf = ({ meta, secrets }: SubSpace) => ({ meta, secrets: Object.fromEntries(secrets) })

const assertSecretId = (secretId: string): void => {
  if (secretId === "") throw new Error("No secretId provided!")
}

const secretOf = (secrets: Map<string, Secret>, secretId: string): Secret => {
  const secret = secrets.get(secretId)
  if (secret === undefined) throw new Error(`Secret with secretId "${secretId}" did not exist!`)
  return secret
}
