/// <reference types="vite/client" />
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { StoreContext } from "../src/core/context.ts"
import { PERMISSIONS, type Permission } from "../src/core/principal.ts"
import { addEnvironment } from "../src/core/environments/manage-environments.ts"
import { createLink } from "../src/core/access/create-link.ts"
import { createToken } from "../src/core/access/create-token.ts"
import { redeemLink } from "../src/core/access/redeem-link.ts"
import { put } from "../src/core/put.ts"
import { keyVersionTags } from "../src/core/row-tags.ts"
import type { UseCase } from "../src/core/use-case.ts"
import { openContext, type OpenedContext } from "../src/store/open-context.ts"
import { K } from "./engines.ts"

/** Every use case of core, found by its rule, asks for its permission before it looks anything up and leaves its event. */
type AnyUseCase = UseCase<unknown, unknown>

const findUseCases = (): Map<string, AnyUseCase> => {
  const modules = import.meta.glob<Record<string, unknown>>(["../src/core/**/*.ts", "!../src/core/**/*.test.ts"], { eager: true })
  const exported = Object.values(modules).flatMap((module) => Object.entries(module))
  return new Map(exported.filter((entry): entry is [string, AnyUseCase] => typeof entry[1] === "function" && "rule" in entry[1]))
}

const page = { paginationOpts: { numItems: 10, cursor: null } }

/** Arguments with which each use case succeeds, in an order in which they can. */
interface Success {
  args: unknown
  event?: string
}

const adminGrants = [{ pattern: "*", permissions: ["admin" as const] }]

let environments = 0

const SUCCESS: Record<string, Success | ((ctx: StoreContext) => Promise<Success>)> = {
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
  activity: { args: { since: 0, until: 100, spans: 10 } },
  namespaces: { args: {} },
  rotate: { args: {} },
  rotationStatus: { args: {} },
  isRotationComplete: { args: {} },
  examineStore: { args: { sample: 10 } },
  cleanupSecrets: { args: {} },
  cleanupEvents: { args: {} },
  inviteToBoxes: { args: {}, event: "box_code_created" },
  revealByRef: { args: { namespace: "default", ref: "a" }, event: "read" },
  changeByRef: { args: { namespace: "default", ref: "a", value: "y" }, event: "updated" },
  removeByRef: { args: { namespace: "default", ref: "b" }, event: "deleted" },
  listKeys: { args: { namespace: "default" } },
  listItems: { args: { namespace: "default", ...page } },
  remove: { args: { name: "a" }, event: "deleted" },
  noteUnredactedRun: { args: { names: ["A"] }, event: "run_unredacted" },
  createWorkspace: { args: { namespace: "made" }, event: "workspace_created" },
  listWorkspaces: { args: {} },
  deleteWorkspace: { args: { namespace: "made" }, event: "workspace_deleted" },
  createToken: { args: { kind: "service", name: "t", grants: adminGrants }, event: "token_created" },
  listTokens: { args: {} },
  revokeToken: async (ctx) => {
    const { id } = await createToken(ctx, { kind: "service", name: "t", grants: adminGrants })
    return { args: { id }, event: "token_revoked" }
  },
  createLink: { args: { grants: adminGrants } },
  redeemLink: async (ctx) => ({ args: { code: (await createLink(ctx, {})).code.reveal() }, event: "person_signed_in" }),
  listSessions: { args: {} },
  endSession: async (ctx) => {
    const { code } = await createLink(ctx, { person: { id: "tester", name: "tester" } })
    return { args: { id: (await redeemLink(ctx, { code: code.reveal() })).id }, event: "person_signed_out" }
  },
  endAnySession: async (ctx) => {
    const { code } = await createLink(ctx, { person: { id: "somebody", name: "somebody" } })
    return { args: { id: (await redeemLink(ctx, { code: code.reveal() })).id }, event: "person_signed_out" }
  },
  createRequest: { args: { variables: [{ key: "ASKED" }] }, event: "request_created" },
  listRequests: { args: {} },
  agentRules: { args: {} },
  listAgentKeys: { args: {} },
  noteMasked: async (ctx) => {
    await put(ctx, { name: "MASKED", value: "x" })
    return { args: { hits: { MASKED: 1 } }, event: "value_masked" }
  },
  showPolicy: async (ctx) => {
    await put(ctx, { name: "SHOWN", value: "x" })
    return { args: { name: "SHOWN" } }
  },
  watchWorkspace: { args: { namespace: "default" } },
  listEnvironments: { args: {} },
  environmentStatus: async (ctx) => {
    const name = `looked-at-${++environments}`
    await addEnvironment(ctx, { name })
    return { args: { name } }
  },
  removeEnvironment: async (ctx) => {
    const name = `removed-${++environments}`
    await addEnvironment(ctx, { name })
    return { args: { name }, event: "environment_removed" }
  },
  watchAll: { args: {} },
  retireKey: async (ctx) => {
    const row = { version: 7, state: "enabled" as const, createdAt: 1, retiredAt: null }
    await ctx.storage.write((tx) => tx.run("insertKeyVersion", { ...row, tag: keyVersionTags.seal(ctx.keys.current, row) }))
    return { args: { version: 7 }, event: "keyring_key_retired" }
  },
}

/** Why a use case is not played here. */
const PLAYED_ELSEWHERE: Record<string, string> = {
  getRequest: "asks who the caller is to the request: test/acceptance/requests.test.ts",
  answerRequest: "asks who the caller is to the request: test/acceptance/requests.test.ts",
  declineRequest: "asks who the caller is to the request: test/acceptance/requests.test.ts",
  cancelRequest: "asks who the caller is to the request: test/acceptance/requests.test.ts",
  createPairingCode: "asks who the caller is to the request: test/acceptance/requests.test.ts",
  redeemPairingCode: "the code is the credential: test/acceptance/requests.test.ts",
  setAgentRules: "for people only: test/acceptance/requests.test.ts",
  addEnvironment: "needs reveal besides: test/remote/sync.test.ts",
  enrollEnvironment: "needs reveal besides: test/remote/sync.test.ts",
  syncEnvironment: "needs a sandbox: test/remote/sync.test.ts",
  syncWorkspace: "needs a sandbox: test/remote/sync.test.ts",
  setPolicy: "for people only: test/acceptance/policies.test.ts",
  allowUse: "for people only: test/acceptance/policies.test.ts",
  useSecrets: "needs a policy: test/acceptance/policies.test.ts",
}

/** Why a use case leaves no event on success. */
const SILENT: Record<string, string> = {
  versions: "shows no value",
  list: "shows no value",
  listKeys: "shows no value",
  listItems: "shows no value",
  listEvents: "shows no value",
  activity: "counts, and shows no value",
  listWorkspaces: "shows names only",
  listTokens: "shows no token",
  listSessions: "shows no session's halves",
  watchWorkspace: "tells where something changed, and nothing of it",
  watchAll: "tells where something changed, and nothing of it",
  createLink: "the sign-in that it leads to leaves one",
  namespaces: "shows no value",
  getRequest: "shows no value",
  listRequests: "shows no value",
  agentRules: "shows no value",
  listEnvironments: "shows no value",
  environmentStatus: "shows no value",
  showPolicy: "shows no value",
  listAgentKeys: "shows no value",
  createPairingCode: "the answer that it leads to leaves one",
  rotationStatus: "counts only",
  isRotationComplete: "counts only",
  examineStore: "drops every value it opens",
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

  const successOf = async (name: string): Promise<Success> => {
    const success = SUCCESS[name] as (typeof SUCCESS)[string]
    return typeof success === "function" ? success(opened.ctx) : success
  }

  it("is played here", () => {
    expect([...useCases.keys()].toSorted()).toEqual([...Object.keys(SUCCESS), ...Object.keys(PLAYED_ELSEWHERE)].toSorted())
  })
  it.each([...useCases].filter(([, useCase]) => useCase.rule.events.length === 0).map(([name]) => name))("%s leaves no event for a stated reason", (name) => {
    expect(SILENT[name] ?? "none stated").not.toBe("none stated")
  })
  it.each(Object.keys(SUCCESS))("%s runs with its permission alone and leaves its event", async (name) => {
    const useCase = useCases.get(name) as AnyUseCase
    const { args, event } = await successOf(name)
    const before = (await lastEvents()).length
    await useCase(actingWith(useCase.rule.permission === null ? [] : [useCase.rule.permission]), args)
    const types = (await lastEvents()).slice(before).map((row) => row.type)
    expect(types).toEqual(expect.arrayContaining(event === undefined ? [] : [event]))
    expect(types.filter((type) => !useCase.rule.events.includes(type as never) && type !== "workspace_created")).toEqual([])
  })
  it.each(Object.keys(SUCCESS))("%s refuses whoever lacks its permission, before any look-up, and says so in the log", async (name) => {
    const useCase = useCases.get(name) as AnyUseCase
    const { permission } = useCase.rule
    const { args } = await successOf(name)
    if (permission === null) return void (await useCase(actingWith([]), args)) // asks about nothing that is not the caller's
    const others = PERMISSIONS.filter((each) => each !== permission)
    const before = (await lastEvents()).length
    await expect(useCase(actingWith(others), args)).rejects.toMatchObject({ code: "forbidden" })
    // one that asks for a permission anywhere shows what is the caller's
    const outside = { workspace: "not_found", store: "forbidden", anywhere: "served" }[useCase.rule.scope]
    const fromElsewhere = useCase(actingWith(PERMISSIONS, "elsewhere"), args).then(
      () => "served",
      (error: unknown) => (error as { code: string }).code,
    )
    expect(await fromElsewhere).toBe(outside)
    const types = (await lastEvents()).slice(before).map((row) => row.type)
    expect(types).toEqual(outside === "served" ? ["denied"] : ["denied", "denied"])
  })
})
