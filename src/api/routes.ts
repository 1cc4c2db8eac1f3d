import { accessRoutes } from "./access-routes.ts"
import { environmentRoutes } from "./environment-routes.ts"
import { keyringRoutes } from "./keyring-routes.ts"
import { requestRoutes } from "./request-routes.ts"
import { secretRoutes } from "./secret-routes.ts"
import { systemRoutes } from "./system-routes.ts"
import { workflowRoutes } from "./workflow-routes.ts"
import { workspaceRoutes } from "./workspace-routes.ts"

/** The REST contract: every route by the name that server and client know it by. */
export const routes = { ...systemRoutes, ...secretRoutes, ...workspaceRoutes, ...keyringRoutes, ...accessRoutes, ...requestRoutes, ...workflowRoutes, ...environmentRoutes }

export type Routes = typeof routes
export type RouteName = keyof Routes
