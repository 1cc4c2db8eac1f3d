import { useQueryClient, type QueryClient } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import { isSecretError } from "../../base/errors.ts"
import type { Client } from "../../client/create-client.ts"
import { useSignedIn } from "../session/use-session.ts"

export type Connection = "opening" | "live" | "lost"

/** Changes that come in a burst are one reason to look. */
const GATHER_MS = 200
const AGAIN_MS = [500, 1_000, 2_000, 5_000] as const
/** As long as nothing failed by then, the stream is open. */
const OPEN_AFTER_MS = 300

/** Follows what changes on the server and has the lists in question read anew. A page that nobody looks at follows nothing. */
export const useChanges = (): Connection => {
  const { client } = useSignedIn()
  const queries = useQueryClient()
  const [connection, setConnection] = useState<Connection>("opening")
  useEffect(() => {
    let stop = new AbortController()
    const follow = (): void => {
      stop.abort()
      stop = new AbortController()
      if (!document.hidden) void followChanges({ client, queries, signal: stop.signal, onConnection: setConnection })
    }
    const offline = (): void => setConnection("lost")
    follow()
    document.addEventListener("visibilitychange", follow)
    addEventListener("online", follow)
    addEventListener("offline", offline)
    return () => {
      stop.abort()
      document.removeEventListener("visibilitychange", follow)
      removeEventListener("online", follow)
      removeEventListener("offline", offline)
    }
  }, [client, queries])
  return connection
}

interface Following {
  client: Client
  queries: QueryClient
  signal: AbortSignal
  onConnection(connection: Connection): void
}

const followChanges = async ({ client, queries, signal, onConnection }: Following): Promise<void> => {
  const gather = createGatherer(queries)
  for (let failures = 0; !signal.aborted; failures++) {
    const opened = setTimeout(() => {
      onConnection("live")
      failures = 0
      gather(null) // what happened while nobody listened
    }, OPEN_AFTER_MS)
    try {
      for await (const { workspaceId } of client.streamEvents({}, { signal })) gather(workspaceId)
    } catch (error) {
      clearTimeout(opened)
      if (signal.aborted || (isSecretError(error) && error.code === "unauthorized")) return
      onConnection("lost")
    }
    clearTimeout(opened)
    await pause(AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] ?? 0, signal)
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
    signal.addEventListener("abort", () => resolve(), { once: true })
  })

/** Queries of a workspace have its id second in their key; null means all. */
const createGatherer = (queries: QueryClient): ((workspace: string | null) => void) => {
  const changed = new Set<string | null>()
  return (workspace) => {
    changed.add(workspace)
    if (changed.size > 1) return
    setTimeout(() => {
      const all = changed.has(null)
      const named = new Set(changed)
      changed.clear()
      void queries.invalidateQueries({ predicate: ({ queryKey }) => all || queryKey[0] === "workspaces" || named.has(String(queryKey[1])) })
    }, GATHER_MS)
  }
}
