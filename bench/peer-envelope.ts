import { spawnSync } from "node:child_process"
import type { webcrypto } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { randomBytes } from "../src/crypto/random.ts"
import { SIZES_BYTES, sottoOpen, sottoSeal } from "./envelope.ts"
import { compare } from "./measure.ts"
import { ratioAtLeast, type BenchRow } from "./row.ts"

const FOLDER = join(import.meta.dirname, "peer")
const MODULE = join(FOLDER, "node_modules/convex-secret-store/dist/component/crypto.js")

interface Named {
  namespace: string
  name: string
  keyVersion: number
  kek: webcrypto.CryptoKey
}

interface PeerSealed {
  encryptedValue: string
  iv: string
  wrappedDEK: string
  dekIv: string
}

/** What we call of it. */
interface PeerCrypto {
  importKey(base64: string): Promise<webcrypto.CryptoKey>
  encryptSecret(params: Named & { value: string }): Promise<PeerSealed>
  decryptSecret(params: Named & PeerSealed): Promise<string>
}

/** The envelope beside the functions of convex-secret-store 0.2.0 that do the same: encrypt and wrap, unwrap and decrypt. */
export const runPeerBench = async (): Promise<BenchRow[]> => {
  const peer = await loadPeer()
  const kek = await peer.importKey(Buffer.from(randomBytes(32)).toString("base64"))
  const named: Named = { namespace: "bench", name: "SECRET", keyVersion: 1, kek }
  const rows: BenchRow[] = []
  for (const valueBytes of SIZES_BYTES) {
    const value = "s".repeat(valueBytes)
    const sealed = await peer.encryptSecret({ ...named, value })
    const seal = await compare([sottoSeal(valueBytes), () => peer.encryptSecret({ ...named, value })], { sliceMs: 60, burst: 5 })
    const open = await compare([sottoOpen(valueBytes), () => peer.decryptSecret({ ...named, ...sealed })], { sliceMs: 60, burst: 5 })
    for (const [verb, { rates, ratios }] of [["seal", seal], ["open", open]] as const)
      rows.push({
        operation: `envelope: ${verb}`, size: `${valueBytes} B`, unit: "ops/s", against: "convex-secret-store",
        sotto: rates[0] as number, other: rates[1] as number, ratio: ratios[1] as number, limit: ratioAtLeast(7),
      })
  }
  return rows
}

/** Nobody but this bench needs it: it is installed here and now, as its own lock file says. */
const loadPeer = async (): Promise<PeerCrypto> => {
  if (!existsSync(MODULE)) {
    const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" })
    if (status !== 0) throw new Error("convex-secret-store could not be installed; name the other benches to leave this one out")
  }
  return (await import(pathToFileURL(MODULE).href)) as PeerCrypto
}
