/** What stands between a client and its server, and changes what it likes. */
export interface Meddler {
  fetch: typeof globalThis.fetch
  /** Every request that came by. */
  seen: Seen[]
  /** Changes an answer; null lets all of them pass. */
  change: ((answer: Passing) => Response | undefined | Promise<Response | undefined>) | null
  /** Sends requests elsewhere. */
  redirect: ((url: string) => string) | null
}

export interface Seen {
  route: string
  body: Record<string, unknown>
  binding: string | null
}

export interface Passing extends Seen {
  response: Response
  /** The body of the answer, parsed. */
  answer: Record<string, unknown>
}

export const createMeddler = (): Meddler => {
  const meddler: Meddler = {
    seen: [],
    change: null,
    redirect: null,
    fetch: async (input, init) => {
      const url = input as string
      const seen: Seen = {
        route: url.slice(url.lastIndexOf("/") + 1),
        body: JSON.parse(init?.body as string) as Record<string, unknown>,
        binding: new Headers(init?.headers).get("x-sotto-box"),
      }
      meddler.seen.push(seen)
      const response = await fetch(meddler.redirect?.(url) ?? url, init)
      if (meddler.change === null) return response
      const answer = (await response.clone().json().catch(() => ({}))) as Record<string, unknown>
      return (await meddler.change({ ...seen, response, answer })) ?? response
    },
  }
  return meddler
}

export const jsonAnswer = (answer: unknown, init: ResponseInit = {}): Response =>
  new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" }, ...init })
