/// <reference types="vite/client" />
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { StoreContext } from "../src/core/context.ts"
import { PERMISSIONS, type Permission } from "../src/core/principal.ts"
import type { UseCase } from "../src/core/use-case.ts"
import { openContext, type OpenedContext } from "../src/store/open-context.ts"
import { K } from "./engines.ts"

/** Every use case of core, found by its rule, asks for its permission before it looks anything up and leaves its event. */
type AnyUseCase = UseCase<unknown, unknown>

const findUseCases = (): Map<string, AnyUseCase> => {
  const modules = import.meta.glob<Record<string, unknown>>(["../src/core/**/*.ts", "!../src/core/**/*.test.ts"], { eager: true })
  const exported = Object.values(modules).flatMap((module) => Object.values(module))
  const found = exported.filter((value): value is AnyUseCase => typeof value === "function" && "rule" in value)
  return new Map(found.map((useCase) => [useCase.rule.name, useCase]))
}

const page = { paginationOpts: { numItems: 10, cursor: null } }

/** Arguments with which each use case succeeds, in an order in which they can. */
const SUCCESS: Record<string, { args: unknown; event?: string }> = {
  put: { args: { name: "a", value: "x" }, event: "created" },
  putMany: { args: { secrets: [{ name: "b", value: "x" }], purpose: "import" }, event: "imported" },
  get: { args: { name: "a" }, event: "read" },
  getOrThrow: { args: { name: "a" }, event: "read" },
  getMany: { args: { names: ["a"], purpose: "export" }, event: "exported" },
  update: { args: { name: "a", metadata: {} }, event: "updated" },
  rollback: { args: { name: "a", version: 1 }, event: "rolled_back" },
  versions: { args: { name: "a" } },
  list: { args: page },
  listEvents: { args: page },
  namespaces: { args: {} },
  rotate: { args: {} },
  rotationStatus: { args: {} },
  isRotationComplete: { args: {} },
  examineStore: { args: { sample: 10 } },
  cleanupSecrets: { args: {} },
  cleanupEvents: { args: {} },
  remove: { args: { name: "a" }, event: "deleted" },
}

/** Why a use case leaves no event on success. */
const SILENT: Record<string, string> = {
  versions: "shows no value",
  list: "shows no value",
  listEvents: "shows no value",
  namespaces: "shows no value",
  rotationStatus: "counts only",
  isRotationComplete: "counts only",
  examineStore: "drops every value it opens",
  cleanupEvents: "an event for each deleted event would never end",
}

describe("every use case", () => {
  const useCases = findUseCases()
  let opened: OpenedContext
  const actingWith = (permissions: readonly Permission[], pattern = "*"): StoreContext => ({
    ...opened.ctx,
    actor: { principal: { kind: "service", id: "tester", name: "tester" }, grants: [{ pattern, permissions }] },
  })
  const lastEvents = () => opened.ctx.storage.all("listEventsAfter", { seq: 0, limit: 10_000 })

  beforeAll(async () => {
    opened = await openContext({ database: "memory:", keys: `1:${K(1)}`, audit: { reads: "on" } })
  })
  afterAll(() => opened.close())

  it("is found", () => {
    expect(useCases.size).toBeGreaterThan(15)
  })
  it.each([...useCases].filter(([, useCase]) => useCase.rule.events.length === 0).map(([name]) => name))("%s leaves no event for a stated reason", (name) => {
    expect(SILENT[name] ?? "none stated").not.toBe("none stated")
  })
  it.each(Object.keys(SUCCESS))("%s runs with its permission alone and leaves its event", async (name) => {
    const useCase = useCases.get(name) as AnyUseCase
    const { args, event } = SUCCESS[name] as { args: unknown; event?: string }
    const before = (await lastEvents()).length
    await useCase(actingWith(useCase.rule.permission === null ? [] : [useCase.rule.permission]), args)
    const types = (await lastEvents()).slice(before).map((row) => row.type)
    if (event !== undefined) expect(types).toContain(event)
    expect(types.filter((type) => !useCase.rule.events.includes(type as never) && type !== "workspace_created")).toEqual([])
  })
  it.each(Object.keys(SUCCESS))("%s refuses whoever lacks its permission, before any look-up, and says so in the log", async (name) => {
    const useCase = useCases.get(name) as AnyUseCase
    const { permission } = useCase.rule
    const { args } = SUCCESS[name] as { args: unknown }
    if (permission === null) return void (await useCase(actingWith([]), args)) // asks about nothing that is not the caller's
    const others = PERMISSIONS.filter((each) => each !== permission)
    const before = (await lastEvents()).length
    await expect(useCase(actingWith(others), args)).rejects.toMatchObject({ code: "forbidden" })
    if (useCase.rule.scope === "workspace") await expect(useCase(actingWith(PERMISSIONS, "elsewhere"), args)).rejects.toMatchObject({ code: "not_found" })
    const types = (await lastEvents()).slice(before).map((row) => row.type)
    expect(new Set(types)).toEqual(new Set(["denied"]))
  })
})
