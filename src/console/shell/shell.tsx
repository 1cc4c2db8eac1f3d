import { Link, Outlet, useSearch } from "@tanstack/react-router"
import { useEffect, type ReactNode } from "react"
import { isAllowed } from "../../core/authorize.ts"
import { Logo } from "../parts/logo.tsx"
import { NoticeArea } from "../parts/notice-area.tsx"
import { PAGES } from "../pages.ts"
import type { Place } from "../place.ts"
import { useRemovals } from "../secrets/removals.ts"
import { useSignedIn } from "../session/use-session.ts"
import { OfflineBanner } from "./offline-banner.tsx"
import { Person } from "./person.tsx"
import { useChanges } from "./use-changes.ts"
import { WorkspaceSwitcher } from "./workspace-switcher.tsx"

/** What stands around every page. */
export const Shell = (): ReactNode => {
  const { w = "" } = useSearch({ strict: false }) as Partial<Place>
  const connection = useChanges()
  const removals = useRemovals()
  useEffect(() => {
    const leave = (): void => void removals.flush("leaving")
    addEventListener("pagehide", leave)
    return () => removeEventListener("pagehide", leave)
  }, [removals])
  const skip = (): void => document.getElementById("main")?.focus()
  return (
    <>
      <button type="button" className="skip" onClick={skip}>
        Skip to the page
      </button>
      <header className="border-b border-line bg-card">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
          <span className="flex items-center gap-2 text-lg font-semibold tracking-tight">
            <Logo /> <span className="max-sm:sr-only">Sotto</span>
          </span>
          <WorkspaceSwitcher workspace={w} />
          <Person />
        </div>
        <Navigation workspace={w} />
      </header>
      <OfflineBanner connection={connection} />
      <main id="main" tabIndex={-1} className="mx-auto max-w-6xl px-4 pt-5 pb-28 outline-none">
        <Outlet />
      </main>
      <NoticeArea />
    </>
  )
}

const Navigation = ({ workspace }: { workspace: string }): ReactNode => {
  const { me } = useSignedIn()
  const pages = PAGES.filter(({ needs }) => isAllowed(me, needs, workspace))
  return (
    <nav aria-label="Pages" className="mx-auto flex max-w-6xl gap-1 overflow-x-auto px-4">
      {pages.map(({ path, title }) => (
        <Link key={path} to={path} search={{ w: workspace }} className="tab">
          {title}
        </Link>
      ))}
    </nav>
  )
}
