import { keepPreviousData, useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from "@tanstack/react-query"
import type { Client } from "../../client/create-client.ts"
import { useSignedIn } from "../session/use-session.ts"

type SecretsPart = Awaited<ReturnType<Client["listSecrets"]>>
export type ListedSecret = SecretsPart["page"][number]

export const SHOWN = ["all", "expiring", "expired"] as const
export type Shown = (typeof SHOWN)[number]

export interface Filter {
  prefix: string
  shown: Shown
}

/** What fills the largest screen; whoever scrolls on gets more at a time. */
const FIRST_ITEMS = 100
const MORE_ITEMS = 500
const DAY_MS = 86_400_000
export const EXPIRING_WITHIN_MS = 7 * DAY_MS

export type Secrets = UseInfiniteQueryResult<InfiniteData<SecretsPart>>

/** Secrets of a workspace as the server pages them. No value is among what it answers. */
export const useSecrets = (workspace: string, { prefix, shown }: Filter): Secrets => {
  const { client } = useSignedIn()
  return useInfiniteQuery({
    queryKey: ["secrets", workspace, prefix, shown],
    queryFn: ({ pageParam, signal }) =>
      client.listSecrets(workspace, { limit: pageParam === null ? FIRST_ITEMS : MORE_ITEMS, ...queryOf(prefix, shown), ...(pageParam !== null && { cursor: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.isDone ? null : last.continueCursor),
    placeholderData: keepPreviousData,
  })
}

const queryOf = (prefix: string, shown: Shown) => ({
  ...(prefix !== "" && { prefix }),
  ...(shown === "expired" && { state: "expired" as const }),
  ...(shown === "expiring" && { state: "active" as const, expiringBefore: endOfDay(Date.now() + EXPIRING_WITHIN_MS) }),
})

/** The same for all pages of a listing: a cursor belongs to its query. */
const endOfDay = (time: number): number => Math.ceil(time / DAY_MS) * DAY_MS
