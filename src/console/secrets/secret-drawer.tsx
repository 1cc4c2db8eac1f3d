import { useState, type ReactNode } from "react"
import { SecretError } from "../../base/errors.ts"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import { asSecretError } from "../parts/use-action.ts"
import { EditForm } from "./edit-form.tsx"
import { ReplaceForm } from "./replace-form.tsx"
import { SecretFacts, type SecretAction } from "./secret-facts.tsx"
import { useSecret } from "./use-secret.ts"

interface SecretDrawerProps {
  workspace: string
  name: string
  onClose(): void
}

const TITLES = { replace: "Replace the value of", edit: "Edit" } as const

/** One secret: what is known of it, and what can be done with it. */
export const SecretDrawer = ({ workspace, name, onClose }: SecretDrawerProps): ReactNode => {
  const { data: secret, error } = useSecret(workspace, name)
  const [action, setAction] = useState<SecretAction | null>(null)
  const [isEdited, setEdited] = useState(false)
  const choose = (next: SecretAction | null): void => {
    setAction(next)
    setEdited(false)
  }
  const form = { workspace, onEdit: () => setEdited(true), onDone: () => choose(null) }
  return (
    <DialogFrame title={action === null ? name : `${TITLES[action]} ${name}`} isDrawer isDirty={isEdited} onClose={onClose}>
      {error !== null && <ErrorBox error={asSecretError(error)} />}
      {secret === null && <Gone name={name} />}
      {secret && action === null && <SecretFacts workspace={workspace} secret={secret} onAction={choose} onClose={onClose} />}
      {secret && action === "replace" && <ReplaceForm {...form} secret={secret} />}
      {secret && action === "edit" && <EditForm {...form} secret={secret} />}
    </DialogFrame>
  )
}

const Gone = ({ name }: { name: string }): ReactNode => (
  <ErrorBox error={new SecretError("not_found", `There is no secret ${name}, or not any more.`, { help: "Close this, and look at the list." })} />
)
