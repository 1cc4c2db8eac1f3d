import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { findCanary } from "./canary.ts"

describe("a canary sweep", () => {
  const canary = `canary-${randomBytes(12).toString("hex")}`
  const around = (text: string): Buffer => Buffer.concat([randomBytes(100), Buffer.from(text), randomBytes(100)])

  it.each([0, 1, 2, 3, 4, 5])("finds it in base64 of a text that holds it at %i", (offset) => {
    const holder = Buffer.from(`${"x".repeat(offset)}${canary} and more`)
    for (const encoding of ["base64", "base64url", "hex"] as const)
      expect(findCanary(around(holder.toString(encoding)), canary, "here")).not.toEqual([])
  })
  it("finds it as it is, in UTF-16, percent-encoded and backwards", () => {
    const percent = canary.replaceAll(/./g, (char) => `%${char.charCodeAt(0).toString(16)}`)
    for (const text of [canary, canary.split("").toReversed().join(""), percent]) expect(findCanary(around(text), canary, "here")).toHaveLength(1)
    expect(findCanary(Buffer.from(`a${canary}`, "utf16le"), canary, "here")).toEqual(["here: utf-16"])
  })
  it("finds nothing where there is nothing", () => {
    expect(findCanary(randomBytes(10_000), canary, "here")).toEqual([])
  })
})
