import { useState, type ReactNode } from "react"
import { SecretError } from "../../base/errors.ts"
import type { Client } from "../../client/create-client.ts"
import { LIMITS } from "../../core/limits.ts"
import { renderDotenv } from "../../envfile/render-dotenv.ts"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { useSignedIn } from "../session/use-session.ts"

interface ExportDialogProps {
  workspace: string
  onClose(): void
}

type Format = "dotenv" | "json"

export const ExportDialog = ({ workspace, onClose }: ExportDialogProps): ReactNode => {
  const { client } = useSignedIn()
  const notices = useNotices()
  const [format, setFormat] = useState<Format>("dotenv")
  const { run, isBusy, error } = useAction(async () => {
    const entries = await readAll(client, workspace)
    save(format === "json" ? `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n` : renderDotenv(entries), format === "json" ? `${fileName(workspace)}.json` : `${fileName(workspace)}.env`)
    notices.tell(`Exported ${entries.length} ${entries.length === 1 ? "secret" : "secrets"} of ${workspace}.`)
    onClose()
  })
  return (
    <DialogFrame title="Export" onClose={onClose}>
      <div className="stack">
        <p>
          Every value of <strong className="wrap-anywhere">{workspace}</strong> that has not expired, readable, into a file on this machine. It leaves an event for each.
        </p>
        <fieldset className="flex gap-4">
          <legend className="font-semibold">As</legend>
          {(["dotenv", "json"] as const).map((each) => (
            <label key={each} className="flex items-center gap-1.5">
              <input type="radio" name="format" checked={format === each} onChange={() => setFormat(each)} /> {each === "json" ? "JSON" : each}
            </label>
          ))}
        </fieldset>
        {error !== undefined && <ErrorBox error={error} />}
        <div className="flex flex-wrap items-center gap-3">
          <Button kind="main" onClick={() => void run()} isBusy={isBusy}>
            Save the file
          </Button>
          <span className="text-sm text-soft">
            The same in a terminal: <Command>sotto export</Command>
          </span>
        </div>
      </div>
    </DialogFrame>
  )
}

const fileName = (workspace: string): string => workspace.replace(/[^\w.-]+/g, "-")

/** All of them or an error: a file that lacks a line looks complete. */
const readAll = async (client: Client, workspace: string): Promise<[string, string][]> => {
  const entries: [string, string][] = []
  for (let cursor: string | undefined; ; ) {
    const part = await client.listSecrets(workspace, { limit: LIMITS.pageMaxItems, state: "active", ...(cursor !== undefined && { cursor }) })
    const { secrets, missing } = await client.revealSecrets(workspace, part.page.map(({ key }) => key), "export")
    if (missing.length > 0) throw new SecretError("key_unavailable", `these cannot be read: ${missing.join(", ")}`)
    entries.push(...secrets.map(({ key, value }): [string, string] => [key, value]))
    if (part.isDone) return entries
    cursor = part.continueCursor
  }
}

const save = (text: string, name: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }))
  const link = Object.assign(document.createElement("a"), { href: url, download: name })
  link.click()
  URL.revokeObjectURL(url)
}
