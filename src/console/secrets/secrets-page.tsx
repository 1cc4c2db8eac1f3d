import { useNavigate, useSearch } from "@tanstack/react-router"
import { useDeferredValue, useEffect, useState, type ReactNode } from "react"
import type { Place } from "../place.ts"
import { Button } from "../parts/button.tsx"
import { Late } from "../parts/late.tsx"
import { useMay } from "../session/use-session.ts"
import { FilterBar } from "./filter-bar.tsx"
import type { Opened } from "./opened.ts"
import { SecretList } from "./secret-list.tsx"
import { useDebounced } from "./use-debounced.ts"
import { useSecrets, type Filter } from "./use-secrets.ts"

const loadDialogs = async () => (await import("./secret-dialogs.tsx")).SecretDialogs

const TYPING_PAUSE_MS = 150

/** All secrets of a workspace. */
export const SecretsPage = ({ workspace }: { workspace: string }): ReactNode => {
  const [filter, setFilter] = useState<Filter>({ prefix: "", shown: "all" })
  const prefix = useDebounced(filter.prefix, TYPING_PAUSE_MS)
  const secrets = useSecrets(workspace, { ...filter, prefix })
  const [opened, setOpened] = useState<Opened | null>(null)
  const [name, open] = useOpenSecret(workspace)
  useEffect(() => {
    const ready = setTimeout(() => void loadDialogs().catch(() => undefined), 300) // before they are asked for, after what is
    return () => clearTimeout(ready)
  }, [])
  const openOne = (next: string): void => {
    setOpened(null)
    open(next)
  }
  const close = (): void => {
    setOpened(null)
    if (name !== undefined) open(undefined)
  }
  return (
    <>
      <Heading workspace={workspace} onOpen={setOpened} />
      <FilterBar filter={filter} onChange={setFilter} />
      <SecretList workspace={workspace} filter={useDeferredValue(filter)} secrets={secrets} onOpen={open} onNew={() => setOpened("new")} />
      {(opened !== null || name !== undefined) && (
        <Late load={loadDialogs} props={{ workspace, opened, name, onClose: close, onOpen: openOne }} />
      )}
    </>
  )
}

/** It stands in the address, so that "back" closes it. */
const useOpenSecret = (workspace: string): [string | undefined, (name: string | undefined) => void] => {
  const { name } = useSearch({ strict: false }) as Partial<Place>
  const navigate = useNavigate()
  const open = (next: string | undefined): void =>
    void navigate({ to: "/secrets", search: { w: workspace, ...(next !== undefined && { name: next }) }, replace: next === undefined, resetScroll: false })
  return [name, open]
}

const Heading = ({ workspace, onOpen }: { workspace: string; onOpen: (opened: Opened) => void }): ReactNode => {
  const mayWrite = useMay("write", workspace)
  const mayReveal = useMay("reveal", workspace)
  return (
    <div className="flex flex-wrap items-center gap-2">
      <h1 className="mr-auto text-2xl max-sm:basis-full font-semibold tracking-tight">Secrets</h1>
      {mayReveal && <Button onClick={() => onOpen("export")}>Export</Button>}
      {mayWrite && <Button onClick={() => onOpen("import")}>Import</Button>}
      {mayWrite && (
        <Button kind="main" onClick={() => onOpen("new")}>
          New secret
        </Button>
      )}
    </div>
  )
}
