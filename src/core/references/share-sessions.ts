import type { Provider, ProviderSession } from "../ports/provider.ts"
import { startDeadline } from "./deadline.ts"
import type { ProviderTable } from "./plan-references.ts"

const CLOSE_MS = 5_000

export interface SharedSessions {
  table: ProviderTable
  /** Requests made of each scheme's other side so far. */
  calls(): Record<string, number>
  close(): Promise<void>
}

/**
 * For a run of several resolutions: each provider is opened once, a locked database unlocked once, and what was opened stays open
 * until `close`. A provider that cannot be had is not tried again.
 */
export const shareSessions = (providers: ProviderTable, signal: AbortSignal): SharedSessions => {
  const opened = new Map<string, Promise<ProviderSession>>()
  const made = new Map<string, ProviderSession>()
  const share = (provider: Provider): Provider => ({
    ...provider,
    open: async (setting) => {
      const session = opened.get(provider.scheme) ?? provider.open({ ...setting, signal })
      opened.set(provider.scheme, session)
      made.set(provider.scheme, await session)
      return keptOpen(await session)
    },
  })
  return {
    table: async (scheme) => {
      const provider = await providers(scheme)
      return provider === null ? null : share(provider)
    },
    calls: () => Object.fromEntries([...made].map(([scheme, { calls }]) => [scheme, calls])),
    close: async () => {
      for (const [scheme, session] of opened) if (!made.has(scheme)) session.then((late) => late.close()).catch(() => undefined) // nobody waits for who never answered
      const deadline = startDeadline(CLOSE_MS, undefined)
      await deadline.within(Promise.allSettled([...made.values()].map((session) => session.close()))).catch(() => undefined)
      deadline.end()
    },
  }
}

const keptOpen = (session: ProviderSession): ProviderSession => ({
  resolve: (references) => session.resolve(references),
  get calls() {
    return session.calls
  },
  close: async () => undefined,
})
