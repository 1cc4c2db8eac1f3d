import { createHashHistory, createRootRoute, createRoute, createRouter, Navigate, type AnyRouter } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { PAGES, type PageEntry } from "./pages.ts"
import { Late } from "./parts/late.tsx"
import { parsePlace, placeOf, placeText, type Place } from "./place.ts"
import { Shell } from "./shell/shell.tsx"

/** A page stands behind the `#`: its address is part of no request. */
export const createAppRouter = (): AnyRouter => {
  const root = createRootRoute({ component: Shell, validateSearch: placeOf, notFoundComponent: NotFound })
  const index = createRoute({ getParentRoute: () => root, path: "/", component: FirstPage })
  const pages = PAGES.map((page) => createRoute({ getParentRoute: () => root, path: page.path, component: componentOf(page, root.useSearch) }))
  return createRouter({ routeTree: root.addChildren([index, ...pages]), history: createHashHistory(), parseSearch: parsePlace, stringifySearch: placeText })
}

const componentOf = (page: PageEntry, useSearch: () => Place) =>
  function PageOfWorkspace(): ReactNode {
    const { w } = useSearch()
    return <Late load={page.load} props={{ workspace: w }} key={w} />
  }

const FirstPage = (): ReactNode => <Navigate to="/secrets" search={true} replace />

const NotFound = (): ReactNode => <p className="py-8">There is no such page.</p>
