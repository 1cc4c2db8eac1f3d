import { hex } from "../base/bytes.ts"
import type { StoreContext } from "./context.ts"
import type { Walk, WalkPosition } from "./ports/rotation.ts"
import type { Reads } from "./ports/storage.ts"

export interface ClaimedSecret {
  namespace: string
  secretId: Uint8Array
}

export interface Claim {
  secrets: ClaimedSecret[]
  next: Walk | null
}

export const WALK_START: WalkPosition = { keyVersion: -1, namespace: "", secretId: "" }

type Select = (reads: Reads, from: WalkPosition) => Promise<{ secrets: ClaimedSecret[]; keyVersion: number }>

/** The next secrets with a version under one of these keys. */
export const claimSecretsUnder = (ctx: StoreContext, keyVersions: readonly number[], walk: Walk, limit: number): Promise<Claim> =>
  claim(ctx, { name: "rewrap", walk }, async (reads, from) => {
    for (const keyVersion of keyVersions.filter((version) => version >= from.keyVersion)) {
      const after = afterOf(keyVersion === from.keyVersion ? from : WALK_START)
      const secrets = await reads.all("listSecretsUnderKey", { keyVersion, ...after, limit })
      if (secrets.length > 0) return { secrets, keyVersion }
    }
    return { secrets: [], keyVersion: -1 }
  })

/** The next secrets, whatever their key. */
export const claimSecrets = (ctx: StoreContext, generation: number, walk: Walk, limit: number): Promise<Claim> =>
  claim(ctx, { name: `reencrypt:${generation}`, walk }, async (reads, from) => ({
    secrets: await reads.all("listAllSecrets", { ...afterOf(from), limit }),
    keyVersion: -1,
  }))

/**
 * In the shared walk any number of workers take the next secrets and move the mark, in a short transaction of its own. A
 * worker that dies leaves what it took undone, so whoever wants to be sure walks once more alone.
 */
const claim = (ctx: StoreContext, { name, walk }: { name: string; walk: Walk }, select: Select): Promise<Claim> =>
  walk === "shared" ? claimShared(ctx, name, select) : claimAlone(ctx, walk, select)

const claimAlone = async (ctx: StoreContext, from: WalkPosition, select: Select): Promise<Claim> => {
  const { secrets, keyVersion } = await select(ctx.storage, from)
  return { secrets, next: positionBehind(secrets, keyVersion) }
}

const claimShared = (ctx: StoreContext, name: string, select: Select): Promise<Claim> =>
  ctx.storage.write(async (tx) => {
    const mark = await tx.one("lockProgress", { name })
    const { secrets, keyVersion } = await select(tx, mark ? (JSON.parse(mark.position) as WalkPosition) : WALK_START)
    const position = positionBehind(secrets, keyVersion)
    if (position === null) await tx.run("deleteProgress", { name })
    else await tx.run("putProgress", { name, position: JSON.stringify(position) })
    return { secrets, next: position && "shared" }
  })

const positionBehind = (secrets: readonly ClaimedSecret[], keyVersion: number): WalkPosition | null => {
  const last = secrets.at(-1)
  return last ? { keyVersion, namespace: last.namespace, secretId: hex(last.secretId) } : null
}

const afterOf = ({ namespace, secretId }: WalkPosition) => ({ afterNamespace: namespace, afterSecretId: fromHex(secretId) })

const fromHex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
