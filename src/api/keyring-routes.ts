import * as z from "zod/mini"
import { bodyObject, Count, numberText, Time } from "./fields.ts"
import { defineRoute } from "./route.ts"

const admin = { needs: "admin", on: "store" } as const

const Status = z.strictObject({
  activeVersion: Count,
  keys: z.array(
    z.strictObject({
      version: Count,
      state: z.enum(["active", "enabled", "retired"]),
      isAtHand: z.boolean(),
      createdAt: Time,
      retiredAt: z.optional(Time),
      versions: Count,
      namespaces: z.array(z.strictObject({ namespace: z.string(), versions: Count })),
      boxes: z.optional(Count),
    }),
  ),
  remaining: Count,
  unavailable: Count,
  isReencrypting: z.boolean(),
})

/** Counted in stored versions. */
const Progress = {
  isRunning: z.boolean(),
  isDryRun: z.boolean(),
  rotated: Count,
  skipped: Count,
  remaining: Count,
  /** Once it has ended: whether nothing remains. */
  isDone: z.optional(z.boolean()),
  startedAt: Time,
  endedAt: z.optional(Time),
  /** The code of what stopped it. */
  failure: z.optional(z.string()),
}

const Cleanup = z.strictObject({ deleted: Count, isDone: z.boolean() })
const retention = (what: string) =>
  z.optional(z.number(`${what} must be a number`).check(z.positive(`${what} must be positive`)))

const WholeFlag = (what: string) => z.optional(z.boolean(`${what} must be a boolean`))

export const keyringRoutes = {
  keyringStatus: defineRoute({
    method: "GET",
    path: "/keyring",
    access: admin,
    summary: "Key versions, and how much is stored under each.",
    status: 200,
    answer: Status,
  }),
  addKey: defineRoute({
    method: "POST",
    path: "/keyring/keys",
    access: admin,
    summary: "Has the server make a new key, which becomes the active one. No key ever travels.",
    status: 201,
    answer: z.strictObject({ version: Count }),
  }),
  retireKey: defineRoute({
    method: "POST",
    path: "/keyring/keys/:version/retire",
    access: admin,
    summary: "Takes a key version out of use for good; refused while anything is stored under it.",
    params: z.object({ version: numberText("version", 0, Number.MAX_SAFE_INTEGER) }),
    status: 200,
    answer: z.strictObject({ version: Count }),
  }),
  startRotation: defineRoute({
    method: "POST",
    path: "/keyring/rotation",
    access: admin,
    summary: "Starts to move everything to the active key, in the background; no value changes.",
    body: z.optional(bodyObject({ reencrypt: WholeFlag("reencrypt"), dryRun: WholeFlag("dryRun") })),
    status: 202,
    answer: z.strictObject(Progress),
  }),
  rotationProgress: defineRoute({
    method: "GET",
    path: "/keyring/rotation",
    access: admin,
    summary: "How far this server's last rotation is (`progress`, null for none), and what is stored under which key.",
    status: 200,
    answer: z.strictObject({ progress: z.nullable(z.strictObject(Progress)), status: Status }),
  }),
  cleanUp: defineRoute({
    method: "POST",
    path: "/keyring/cleanup",
    access: admin,
    summary: "Deletes secrets that expired and events that are older than their retention.",
    body: z.optional(
      bodyObject({
        secretsRetentionMs: retention("secretsRetentionMs"),
        eventsRetentionMs: retention("eventsRetentionMs"),
        only: z.optional(z.enum(["secrets", "events"], "only must be secrets or events")),
      }),
    ),
    status: 200,
    answer: z.strictObject({ secrets: z.optional(Cleanup), events: z.optional(Cleanup) }),
  }),
}
