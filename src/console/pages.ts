import type { ComponentType } from "react"
import type { Permission } from "../core/principal.ts"

export interface PageEntry {
  /** In the address, behind the `#`. */
  path: string
  title: string
  /** On the workspace that is chosen; who lacks it does not see the page named. */
  needs: Permission
  load(): Promise<ComponentType<{ workspace: string }>>
}

/** Every page of the console: adding one is its file and a line here. */
export const PAGES: readonly PageEntry[] = [
  { path: "/secrets", title: "Secrets", needs: "list", load: async () => (await import("./secrets/secrets-page.tsx")).SecretsPage },
  { path: "/boxes", title: "Boxes", needs: "list", load: async () => (await import("./boxes/boxes-page.tsx")).BoxesPage },
]
