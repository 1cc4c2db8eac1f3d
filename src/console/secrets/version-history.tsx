import { useQueryClient } from "@tanstack/react-query"
import { useState, type ReactNode } from "react"
import { SecretError } from "../../base/errors.ts"
import { Ago } from "../parts/ago.tsx"
import { Button } from "../parts/button.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { useMay, useSignedIn } from "../session/use-session.ts"
import { useVersions, type SecretVersion } from "./use-secret.ts"
import type { ListedSecret } from "./use-secrets.ts"

interface VersionHistoryProps {
  workspace: string
  secret: ListedSecret
}

export const VersionHistory = ({ workspace, secret }: VersionHistoryProps): ReactNode => {
  const { data: versions = [] } = useVersions(workspace, secret.id)
  const mayWrite = useMay("write", workspace)
  const [asked, setAsked] = useState<number | null>(null)
  const rollback = useRollback(workspace, secret)
  const confirm = async (version: number): Promise<void> => {
    if ((await rollback.run(version)) !== null) setAsked(null)
  }
  return (
    <section aria-label="History">
      <h2 className="font-semibold">History</h2>
      {rollback.error !== undefined && <ErrorBox error={rollback.error} />}
      <ol className="mt-1">
        {versions.map((each) => (
          <li key={each.version} className="flex flex-wrap items-center gap-x-3 border-b border-line py-1.5 last:border-0">
            <VersionLine version={each} />
            {mayWrite && !each.current && asked !== each.version && (
              <Button kind="quiet" aria-label={`Roll back to version ${each.version}`} onClick={() => setAsked(each.version)}>
                Roll back
              </Button>
            )}
            {asked === each.version && (
              <span role="group" aria-label="Roll back?" className="flex basis-full flex-wrap items-center gap-2 pb-1">
                <span className="text-sm">Its value becomes version {secret.version + 1}. Nothing is lost.</span>
                <Button kind="main" onClick={() => void confirm(each.version)} isBusy={rollback.isBusy}>
                  Roll back to {each.version}
                </Button>
                <Button onClick={() => setAsked(null)}>Cancel</Button>
              </span>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

const VersionLine = ({ version: { version, createdAt, principal, current } }: { version: SecretVersion }): ReactNode => (
  <span className="mr-auto min-w-0 py-1.5 wrap-anywhere">
    <span className="font-medium">Version {version}</span>
    <span className="text-soft">
      , <Ago at={createdAt} />
      {principal !== undefined && ` by ${principal.name}`}
      {current && ", current"}
    </span>
  </span>
)

const useRollback = (workspace: string, secret: ListedSecret) => {
  const { client } = useSignedIn()
  const queries = useQueryClient()
  const notices = useNotices()
  return useAction(async (version: number) => {
    const [newest] = await client.listVersions(workspace, secret.id)
    if (newest !== undefined && newest.version !== secret.version) {
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === workspace })
      throw new SecretError("version_conflict", `it is version ${newest.version} now, by ${newest.principal?.name ?? "somebody else"}`)
    }
    const made = await client.rollbackSecret(workspace, secret.id, version)
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === workspace })
    notices.tell(`${secret.key} is rolled back to version ${version}, as version ${made.version}.`)
    return true
  })
}
