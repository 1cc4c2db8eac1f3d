import type { workspaceRoutes } from "../../api/workspace-routes.ts"
import { activity } from "../../core/activity.ts"
import { createWorkspace } from "../../core/access/create-workspace.ts"
import { deleteWorkspace } from "../../core/access/delete-workspace.ts"
import { listWorkspaces } from "../../core/access/list-workspaces.ts"
import { watchAll, watchWorkspace } from "../../core/access/watch-workspace.ts"
import { listEvents } from "../../core/list-events.ts"
import { callerOf, type Handlers, type ServerParts } from "../call.ts"

const EVENTS_PAGE = 100

interface EventPaging {
  limit?: number | undefined
  cursor?: string | undefined
}

const pageOptions = ({ limit, cursor }: EventPaging) => ({ numItems: limit ?? EVENTS_PAGE, cursor: cursor ?? null })

export const createWorkspaceHandlers = ({ streams }: ServerParts): Handlers<keyof typeof workspaceRoutes> => ({
  listWorkspaces: ({ ctx }) => listWorkspaces(ctx, {}),

  createWorkspace: ({ ctx, body }) => createWorkspace(ctx, { namespace: body.id }),

  deleteWorkspace: async ({ ctx, params }) => {
    await deleteWorkspace(ctx, { namespace: params.w })
    return { success: true }
  },

  listEvents: ({ ctx, params, query: { key, limit, cursor, ...filters } }) =>
    listEvents(ctx, { namespace: params.w, name: key, ...filters, paginationOpts: pageOptions({ limit, cursor }) }),

  activity: ({ ctx, params, query }) => activity(ctx, { namespace: params.w, ...query }),

  listStoreEvents: ({ ctx, query: { limit, cursor, ...filters } }) =>
    listEvents(ctx, { store: true, ...filters, paginationOpts: pageOptions({ limit, cursor }) }),

  streamEvents: async ({ ctx, query: { workspace = null }, request, reply }) => {
    if (workspace === null) await watchAll(ctx, {})
    else await watchWorkspace(ctx, { namespace: workspace })
    streams.open(reply, { actor: callerOf(request), workspace })
  },
})
