import { hex } from "../../base/bytes.ts"
import { openSpaceOf, type BoxSpace } from "../../core/boxes/space.ts"
import type { StoreContext } from "../../core/context.ts"
import type { SigningKey } from "../../crypto/ed25519.ts"
import { sha256 } from "./authenticate.ts"
import { createListingRoom, listSecrets, type BoxSecret, type ListingRoom } from "./box-secrets.ts"

/** The JSON of a whole box, as the original gives it, with the server's signature over it. */
export const describeBox = async (ctx: StoreContext, space: BoxSpace, server: { id: string; signing: SigningKey }): Promise<string> => {
  const { owner, closureDate } = space
  const meta = { id: hex(space.row.box), closureDate, ...(owner !== undefined && { owner }), communication: "", serverPub: server.id, serverSig: "" }
  const room = createListingRoom()
  const described = { meta, secrets: await secretsOf(ctx, space, room), subSpaces: await subSpacesOf(ctx, space, room) }
  const serverSig = hex(server.signing.sign(sha256(JSON.stringify(described))))
  return JSON.stringify({ ...described, meta: { ...meta, serverSig } })
}

export const describeSubSpace = async (ctx: StoreContext, space: BoxSpace, room = createListingRoom()): Promise<object> => ({
  meta: { id: `${hex(space.row.box)}.${hex(space.row.sender)}`, closureDate: space.closureDate },
  secrets: await secretsOf(ctx, space, room),
})

const secretsOf = async (ctx: StoreContext, space: BoxSpace, room: ListingRoom): Promise<object> =>
  asObject((await listSecrets(ctx, space, room)).map((secret) => [secret.secretId, describeSecret(secret)]))

/** A one-time secret is named and not shown: what it holds is read once, by its own route. */
const describeSecret = ({ isOneTime, sealed }: BoxSecret): object => (isOneTime ? { isOneTime } : { secret: JSON.parse(sealed) as object })

const subSpacesOf = async (ctx: StoreContext, { row }: BoxSpace, room: ListingRoom): Promise<object> => {
  const rows = await ctx.storage.all("listBoxSpaces", { box: row.box })
  const entries: [string, object][] = []
  for (const each of rows) {
    const space = each.sender.length > 0 ? openSpaceOf(ctx, each) : null
    if (space !== null) entries.push([hex(each.sender), await describeSubSpace(ctx, space, room)])
  }
  return asObject(entries)
}

/** An id may be `__proto__`: without a prototype it is a key like any other. */
const asObject = (entries: readonly (readonly [string, object])[]): object => {
  const object = Object.create(null) as Record<string, object>
  for (const [key, value] of entries) object[key] = value
  return object
}
