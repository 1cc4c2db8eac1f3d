import { createLink } from "../core/access/create-link.ts"
import type { StoreContext } from "../core/context.ts"
import { listEvents } from "../core/list-events.ts"
import type { ServerSettings } from "../server/settings.ts"

/** A link with a one-time code in its fragment, which browsers send to nobody. */
export const makeSignInLink = async (ctx: StoreContext, base: string): Promise<string> => {
  const { code } = await createLink(ctx, {})
  return `${base.replace(/\/$/, "")}/#code=${code.reveal()}`
}

export const hasAnybodySignedIn = async (ctx: StoreContext): Promise<boolean> => {
  const { page } = await listEvents(ctx, { store: true, type: "person_signed_in", paginationOpts: { numItems: 1, cursor: null } })
  return page.length > 0
}

/** How a browser reaches the server. */
export const reachableUrl = ({ publicUrl }: Pick<ServerSettings, "publicUrl">, listening: string): string => publicUrl?.origin ?? listening
