import { useRef, useState, type ReactNode, type SubmitEvent } from "react"
import { SecretError } from "../../base/errors.ts"
import { Button } from "../parts/button.tsx"
import { useNotices } from "../parts/notices.ts"
import { useSignedIn } from "../session/use-session.ts"
import { ChangedMeanwhile } from "./changed-meanwhile.tsx"
import { ExpiryField, type Ttl, type TtlOf } from "./expiry-field.tsx"
import { MetadataField, metadataText, parseMetadata } from "./metadata-field.tsx"
import type { SecretFormProps } from "./replace-form.tsx"
import { SaveError } from "./save-error.tsx"
import { findSecret } from "./use-secret.ts"
import { useSaving } from "./use-saving.ts"
import type { ListedSecret } from "./use-secrets.ts"

const AS_IT_IS: TtlOf = () => undefined

/** Metadata and expiry; the value stays as it is. */
export const EditForm = ({ workspace, secret, onEdit, onDone }: SecretFormProps): ReactNode => {
  const [base, setBase] = useState(secret)
  const [begins] = useState(metadataText(secret.metadata))
  const metadata = useRef(begins)
  const ttl = useRef<TtlOf>(AS_IT_IS)
  const saving = useEdit(workspace, base, onDone)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void saving.save(metadata.current, ttl.current)
  }
  const changeTtl = (next: TtlOf): void => {
    ttl.current = next
    onEdit()
  }
  const changeMetadata = (text: string): void => {
    metadata.current = text
    onEdit()
  }
  return (
    <form onSubmit={submit} className="stack">
      <MetadataField begins={begins} onChange={changeMetadata} />
      <ExpiryField kept={AS_IT_IS} expiresAt={secret.expiresAt} onChange={changeTtl} />
      <ChangedMeanwhile workspace={workspace} base={base} now={secret} onAccept={() => setBase(secret)} />
      <SaveError {...saving} onLook={() => void saving.look()} />
      <div className="flex gap-2">
        <Button kind="main" type="submit" isBusy={saving.isBusy}>
          Save
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  )
}

const useEdit = (workspace: string, base: ListedSecret, onDone: () => void) => {
  const notices = useNotices()
  const { client, clock } = useSignedIn()
  return useSaving({
    workspace,
    write: async (text: string, ttl: TtlOf) => {
      const metadata = parseMetadata(text)
      const ttlMs: Ttl = ttl(clock.now())
      // the server compares versions, and this makes none: what changed since is seen by its time
      const now = await findSecret(client, workspace, base.key)
      if (now !== null && now.updatedAt !== base.updatedAt) throw new SecretError("version_conflict", `${base.key} changed since you opened it`)
      await client.updateSecret(workspace, base.id, { metadata, ifVersion: base.version, ...(ttlMs !== undefined && { ttlMs }) })
    },
    isStored: async () => {
      const now = await findSecret(client, workspace, base.key)
      return now !== null && now.version === base.version && now.updatedAt > base.updatedAt
    },
    onStored: () => {
      notices.tell(`${base.key} is changed.`)
      onDone()
    },
  })
}
