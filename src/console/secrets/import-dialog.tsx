import { useQueryClient } from "@tanstack/react-query"
import { useState, type ChangeEvent, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { useSignedIn } from "../session/use-session.ts"
import { importEntries, planImport, type ImportPlan } from "./import-plan.ts"
import { readSecretFile } from "./read-secret-file.ts"

interface ImportDialogProps {
  workspace: string
  onClose(): void
}

export const ImportDialog = ({ workspace, onClose }: ImportDialogProps): ReactNode => {
  const { plan, choose, store, isBusy, error } = useImport(workspace, onClose)
  const chosen = (event: ChangeEvent<HTMLInputElement>): void => choose(event.target.files?.[0])
  return (
    <DialogFrame title="Import a file" onClose={onClose}>
      <div className="stack">
        <label className="grid grid-cols-1 gap-1.5 font-semibold">
          A dotenv or JSON file
          <input type="file" className="file font-normal" onChange={chosen} />
        </label>
        {plan !== null && <Preview plan={plan} />}
        {error !== undefined && <ErrorBox error={error} />}
        <div className="flex flex-wrap items-center gap-3">
          {plan !== null && plan.entries.length > 0 && (
            <Button kind="main" onClick={() => store(plan)} isBusy={isBusy}>
              Store {plan.entries.length === 1 ? "it" : `all ${plan.entries.length}`}
            </Button>
          )}
          <span className="text-sm text-soft">
            The same in a terminal: <Command>sotto import FILE</Command>
          </span>
        </div>
      </div>
    </DialogFrame>
  )
}

const useImport = (workspace: string, onClose: () => void) => {
  const { client } = useSignedIn()
  const queries = useQueryClient()
  const notices = useNotices()
  const [plan, setPlan] = useState<ImportPlan | null>(null)
  const reading = useAction(async (file: File) => setPlan(await planImport(client, workspace, await readSecretFile(file))))
  const storing = useAction(async (of: ImportPlan) => {
    try {
      const stored = await importEntries(client, workspace, of)
      notices.tell(`Stored ${stored} ${stored === 1 ? "secret" : "secrets"} in ${workspace}.`)
      onClose()
    } finally {
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === workspace })
    }
  })
  const choose = (file: File | undefined): void => {
    setPlan(null)
    storing.reset()
    if (file !== undefined) void reading.run(file)
  }
  return { plan, choose, store: (of: ImportPlan) => void storing.run(of), isBusy: storing.isBusy, error: reading.error ?? storing.error }
}

/** Names only. */
const Preview = ({ plan: { entries, versions, ignoredLines } }: { plan: ImportPlan }): ReactNode => (
  <section aria-label="What will be stored">
    <p role="status" className="font-medium">
      {entries.length === 0 ? "No names were found in it." : `${entries.length} found: ${entries.length - versions.size} new, ${versions.size} get a new version.`}
    </p>
    {ignoredLines.length > 0 && <p className="text-warn">Not understood, and left out: line {ignoredLines.join(", ")}.</p>}
    <ul className="mt-2 max-h-60 overflow-y-auto rounded-lg border border-line px-3" aria-label="Names">
      {entries.map(([name]) => (
        <li key={name} className="flex justify-between gap-2 border-b border-line py-1 last:border-0">
          <span className="min-w-0 font-mono wrap-anywhere">{name}</span>
          <span className="text-sm text-soft">{versions.has(name) ? `version ${(versions.get(name) ?? 0) + 1}` : "new"}</span>
        </li>
      ))}
    </ul>
  </section>
)
