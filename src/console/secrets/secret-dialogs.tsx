import type { ReactNode } from "react"
import { ExportDialog } from "./export-dialog.tsx"
import { ImportDialog } from "./import-dialog.tsx"
import { NewSecretDialog } from "./new-secret-dialog.tsx"
import { SecretDrawer } from "./secret-drawer.tsx"
import type { Opened } from "./opened.ts"

interface SecretDialogsProps {
  workspace: string
  opened: Opened | null
  /** The secret that is looked at. */
  name: string | undefined
  onClose(): void
  onOpen(name: string): void
}

/** Everything that opens above the list; it is loaded after the list. */
export const SecretDialogs = ({ workspace, opened, name, onClose, onOpen }: SecretDialogsProps): ReactNode => {
  if (opened === "new") return <NewSecretDialog workspace={workspace} onClose={onClose} onOpen={onOpen} />
  if (opened === "import") return <ImportDialog workspace={workspace} onClose={onClose} />
  if (opened === "export") return <ExportDialog workspace={workspace} onClose={onClose} />
  return name === undefined ? null : <SecretDrawer key={name} workspace={workspace} name={name} onClose={onClose} />
}
