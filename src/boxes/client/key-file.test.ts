import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { createClient } from "./create-client.ts"
import { exportKey, importKey } from "./key-file.ts"

const SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
const ID = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

describe("a key under a passphrase", async () => {
  const text = await exportKey({ secretKeyHex: SECRET }, "correct horse")
  const changed = (change: (file: Record<string, unknown> & { kdf: Record<string, unknown> }) => void): string => {
    const file = JSON.parse(text)
    change(file)
    return JSON.stringify(file)
  }

  it("comes back with it, and shows nothing of itself on the way", async () => {
    expect(text).not.toContain(SECRET)
    const key = await importKey(text, "correct horse")
    expect({ ...key }).toEqual({ secretKeyHex: SECRET, publicKeyHex: ID })
    expect(inspect(key) + JSON.stringify(key)).not.toContain(SECRET)
    const client = createClient({ serverURL: "http://127.0.0.1:1", ...key })
    expect([client.ready, client.id]).toEqual([true, ID])
  })

  it("can be of a client that is still making its keys", async () => {
    const client = createClient({ serverURL: "http://127.0.0.1:1" })
    const { publicKeyHex } = await importKey(await exportKey(client, "correct horse"), "correct horse")
    expect(publicKeyHex).toBe(client.id)
  })

  it("does not come back with another, nor when anything of it was changed", async () => {
    await expect(importKey(text, "correct house")).rejects.toMatchObject({ code: "decryption_failed" })
    const other = createClient({ serverURL: "http://127.0.0.1:1" })
    await other.keysReady
    const changes = [
      changed((file) => void (file["id"] = other.id)),
      changed((file) => void (file["extra"] = 1)),
      changed((file) => void (file.kdf["passes"] = 2)),
      changed((file) => void (file["nonce"] = "AAAAAAAAAAAAAAAA")),
    ]
    for (const each of changes) await expect(importKey(each, "correct horse")).rejects.toMatchObject({ code: "decryption_failed" })
  })

  it.each([
    ["no JSON", () => "sotto"],
    ["null", () => "null"],
    ["a megabyte", () => `"${"x".repeat(1_000_000)}"`],
    ["four gigabytes of memory", () => changed((file) => void (file.kdf["memoryKib"] = 4_194_304))],
    ["a million passes", () => changed((file) => void (file.kdf["passes"] = 1_000_000))],
    ["half a pass", () => changed((file) => void (file.kdf["passes"] = 0.5))],
    ["more lanes than memory", () => changed((file) => Object.assign(file.kdf, { lanes: 16, memoryKib: 8 }))],
    ["another version", () => changed((file) => void (file["version"] = 2))],
    ["a short salt", () => changed((file) => void (file.kdf["salt"] = "AAAA"))],
    ["a long key", () => changed((file) => void (file["sealed"] = "A".repeat(100)))],
  ])("is refused at once where it asks for %s", async (_what, make) => {
    const started = performance.now()
    await expect(importKey(make(), "correct horse")).rejects.toMatchObject({ code: "decryption_failed" })
    expect(performance.now() - started).toBeLessThan(100)
  })

  it.each(["", "\ud800"])("needs a passphrase that can be typed", async (passphrase) => {
    await expect(exportKey({ secretKeyHex: SECRET }, passphrase)).rejects.toMatchObject({ code: "invalid_argument" })
  })
})
