import { describe, expect, it } from "vitest"
import { authorize, authorizeStore, coversWorkspace, isAllowed } from "./authorize.ts"
import type { Actor, Grant } from "./principal.ts"

const actor = (...grants: Grant[]): Actor => ({ principal: { kind: "service", id: "s", name: "s" }, grants })

describe("a pattern", () => {
  it.each([
    ["acme", "acme", true],
    ["acme", "acme:production", false],
    ["acme:*", "acme:production", true],
    ["acme:*", "acme:", true],
    ["acme:*", "acme", false],
    ["*", "anything", true],
    ["ACME", "acme", false],
    ["a.me", "acme", false],
  ])("%j covers %j: %s", (pattern, workspace, covered) => {
    expect(coversWorkspace(pattern, workspace)).toBe(covered)
  })
})

describe("authorize", () => {
  const acme = actor({ pattern: "acme:*", permissions: ["list"] }, { pattern: "acme:dev", permissions: ["reveal"] })

  it("joins the grants that cover a workspace", () => {
    expect(() => authorize(acme, "reveal", "acme:dev")).not.toThrow()
    expect(() => authorize(acme, "list", "acme:dev")).not.toThrow()
    expect(isAllowed(acme, "reveal", "acme:prod")).toBe(false)
  })
  it("answers forbidden inside a pattern, and not_found outside of every pattern", () => {
    expect(() => authorize(acme, "write", "acme:dev")).toThrow(expect.objectContaining({ code: "forbidden" }))
    expect(() => authorize(acme, "list", "globex")).toThrow(
      expect.objectContaining({ code: "not_found", message: "Workspace with ID globex not found" }),
    )
  })
  it("gives nothing to a grant without permissions", () => {
    expect(() => authorize(actor({ pattern: "*", permissions: [] }), "list", "a")).toThrow(expect.objectContaining({ code: "not_found" }))
  })
  it("opens the whole store only to a grant on all workspaces", () => {
    expect(() => authorizeStore(actor({ pattern: "*", permissions: ["admin"] }), "admin")).not.toThrow()
    expect(() => authorizeStore(actor({ pattern: "a*", permissions: ["admin"] }), "admin")).toThrow(
      expect.objectContaining({ code: "forbidden" }),
    )
  })
})
