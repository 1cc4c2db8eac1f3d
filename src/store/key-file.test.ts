import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createKeyFile, isKeyFileSealed, readKeyFile, replaceKeyFile } from "./key-file.ts"

const RING = `1:${Buffer.alloc(32, 1).toString("base64")}`

describe("a key file", () => {
  let folder: string
  let path: string
  const read = (passphrase = "none") => readKeyFile({ path, askPassphrase: async () => passphrase })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sotto-test-"))
    path = join(folder, "config", "keyring")
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it("is made 0600 in a folder of 0700 and reads back", async () => {
    await createKeyFile(path, RING)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, "config"))).mode & 0o777).toBe(0o700)
    expect(await read()).toBe(RING)
    expect(await readdir(join(folder, "config"))).toEqual(["keyring"])
  })
  it("is null when there is none", async () => {
    expect(await read()).toBeNull()
  })
  it("is never made over one that is there", async () => {
    await createKeyFile(path, RING)
    await expect(createKeyFile(path, "2:other")).rejects.toMatchObject({ code: "already_exists" })
    expect(await read()).toBe(RING)
    expect(await readdir(join(folder, "config"))).toEqual(["keyring"])
  })
  it.each([0o644, 0o640, 0o660, 0o604])("with mode %o is refused with the command that mends it", async (mode) => {
    await createKeyFile(path, RING)
    await chmod(path, mode)
    await expect(read()).rejects.toMatchObject({ code: "unsafe_file", help: `Run: chmod 600 '${path}'` })
  })
  it("that is a link, or in a folder that others can write, is refused", async () => {
    await createKeyFile(path, RING)
    const real = path
    path = join(folder, "link")
    await symlink(real, path)
    await expect(read()).rejects.toMatchObject({ code: "unsafe_file", message: expect.stringContaining("symbolic link") })
    path = real
    await chmod(join(folder, "config"), 0o777)
    await expect(read()).rejects.toMatchObject({ code: "unsafe_file", help: `Run: chmod go-w '${join(folder, "config")}'` })
  })
  it("that is no file is refused without waiting for it", async () => {
    await mkdir(path, { recursive: true })
    await expect(read()).rejects.toMatchObject({ code: "unsafe_file" })
  })
  it("can be sealed with a passphrase, and then opens with no other", async () => {
    await createKeyFile(path, RING)
    await replaceKeyFile(path, RING, "correct horse")
    expect(await isKeyFileSealed(path)).toBe(true)
    expect(await readFile(path, "utf8")).not.toContain(RING.slice(2, 12))
    expect(await read("correct horse")).toBe(RING)
    await expect(read("wrong")).rejects.toMatchObject({ code: "invalid_keys", message: expect.not.stringContaining("wrong") })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
  it("that was damaged is refused", async () => {
    await createKeyFile(path, RING)
    await replaceKeyFile(path, RING, "correct horse")
    const text = await readFile(path, "utf8")
    await writeFile(path, text.replace(/.(?=\n)/, (last) => (last === "A" ? "B" : "A")))
    await expect(read("correct horse")).rejects.toMatchObject({ code: "invalid_keys" })
  })
})
