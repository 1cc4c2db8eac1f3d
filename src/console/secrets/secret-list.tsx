import { useMemo, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import { asSecretError } from "../parts/use-action.ts"
import { useMay } from "../session/use-session.ts"
import { useHidden } from "./removals.ts"
import { SecretTable } from "./secret-table.tsx"
import type { Filter, Secrets } from "./use-secrets.ts"

interface SecretListProps {
  workspace: string
  filter: Filter
  secrets: Secrets
  onOpen(name: string): void
  onNew(): void
}

export const SecretList = ({ workspace, filter, secrets, onOpen, onNew }: SecretListProps): ReactNode => {
  const hidden = useHidden()
  const { data } = secrets
  const all = useMemo(() => data?.pages.flatMap(({ page }) => page).filter(({ id }) => !hidden.has(id)) ?? [], [data, hidden])
  const isEmpty = data !== undefined && all.length === 0 && !secrets.hasNextPage
  return (
    <section aria-label="Secrets of this workspace" aria-busy={secrets.isFetching} className="mt-3">
      <Count count={all.length} isMore={secrets.hasNextPage} isKnown={data !== undefined} />
      {secrets.error !== null && (
        <ErrorBox error={asSecretError(secrets.error)}>
          <Button kind="quiet" onClick={() => void secrets.refetch()} isBusy={secrets.isFetching}>
            Load again
          </Button>
        </ErrorBox>
      )}
      {isEmpty && <Nothing workspace={workspace} filter={filter} onNew={onNew} />}
      {all.length > 0 && <SecretTable secrets={all} isMore={secrets.hasNextPage} isLoadingMore={secrets.isFetchingNextPage} onMore={() => void secrets.fetchNextPage()} onOpen={onOpen} />}
      {secrets.isPending && <p className="py-8 text-center text-soft">Loading…</p>}
    </section>
  )
}

/** For ears as well: how many a filter leaves. */
const Count = ({ count, isMore, isKnown }: { count: number; isMore: boolean; isKnown: boolean }): ReactNode => (
  <p role="status" className="mb-2 min-h-5 text-sm text-soft">
    {isKnown && `${count.toLocaleString("en")}${isMore ? " or more" : ""} ${count === 1 && !isMore ? "secret" : "secrets"}`}
  </p>
)

/** Teaches the next step, and the command that does the same. */
const Nothing = ({ workspace, filter, onNew }: Pick<SecretListProps, "workspace" | "filter" | "onNew">): ReactNode => {
  const mayWrite = useMay("write", workspace)
  if (filter.prefix !== "") return <Empty title={`No secret begins with “${filter.prefix}”.`} />
  if (filter.shown !== "all") return <Empty title={filter.shown === "expired" ? "Nothing has expired." : "Nothing expires within seven days."} />
  const at = workspace === "default" ? "" : ` --workspace ${workspace}`
  return (
    <Empty title="No secrets here yet.">
      {mayWrite && (
        <Button kind="main" onClick={onNew} className="mt-4">
          Store the first one
        </Button>
      )}
      <p className="mt-4 text-soft">
        In a terminal: <Command>{`sotto set NAME${at}`}</Command> asks for its value; <Command>{`sotto import .env${at}`}</Command> takes a whole file.
      </p>
    </Empty>
  )
}

const Empty = ({ title, children }: { title: string; children?: ReactNode }): ReactNode => (
  <div className="card px-6 py-10 text-center">
    <p className="text-lg font-medium wrap-anywhere">{title}</p>
    {children}
  </div>
)
