import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openContact } from "./contact.ts"

describe("the store's last word", () => {
  let folder: string
  const path = (): string => join(folder, "contact.log")

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "sotto-contact-")), "state")
  })
  afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }))

  it("is there after a restart, in a file of 0600", () => {
    const contact = openContact(folder)
    expect([contact.mark, contact.at]).toEqual([0, null])
    contact.note(3, 1_000)
    contact.note(7, 2_000)
    expect([openContact(folder).mark, openContact(folder).at]).toEqual([7, 2_000])
    expect((statSync(path()).mode & 0o777).toString(8)).toBe("600")
  })

  it("counts without a line that a crash left half written, which swallows no later one", () => {
    openContact(folder).note(3, 1_000)
    appendFileSync(path(), '{"v":1,"mark":9')
    const contact = openContact(folder)
    expect(contact.mark).toBe(3)
    contact.note(4, 2_000)
    expect(openContact(folder).mark).toBe(4)
  })

  it("is not guessed where the file is not the daemon's own", () => {
    openContact(folder).note(3, 1_000)
    writeFileSync(path(), "3\n")
    expect(() => openContact(folder)).toThrow(expect.objectContaining({ code: "unsafe_file" }))
    writeFileSync(path(), '{"v":1,"mark":-1,"at":null}\n')
    expect(() => openContact(folder)).toThrow(expect.objectContaining({ code: "unsafe_file" }))
  })

  it("stays small", () => {
    const contact = openContact(folder)
    for (let i = 1; i <= 4_000; i++) contact.note(i, i)
    expect(statSync(path()).size).toBeLessThan(70_000)
    expect(openContact(folder).mark).toBe(4_000)
    expect(readFileSync(path(), "utf8").split("\n")).toHaveLength(2)
  })

  it("is kept in no folder that others can look into", () => {
    openContact(folder)
    chmodSync(folder, 0o755)
    expect(() => openContact(folder)).toThrow(expect.objectContaining({ code: "unsafe_file" }))
  })
})
