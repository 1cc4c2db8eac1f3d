import { useRef, useState, type ReactNode, type SubmitEvent } from "react"
import { Button } from "../parts/button.tsx"
import { useNotices } from "../parts/notices.ts"
import { useSignedIn } from "../session/use-session.ts"
import { ChangedMeanwhile } from "./changed-meanwhile.tsx"
import { ExpiryField, type TtlOf } from "./expiry-field.tsx"
import { SaveError } from "./save-error.tsx"
import { useSaving } from "./use-saving.ts"
import type { ListedSecret } from "./use-secrets.ts"
import { ValueField, type ValueHandle } from "./value-field.tsx"

export interface SecretFormProps {
  workspace: string
  /** As it is now; what was there when the form was opened is remembered. */
  secret: ListedSecret
  onEdit(): void
  onDone(): void
}

export const ReplaceForm = ({ workspace, secret, onEdit, onDone }: SecretFormProps): ReactNode => {
  const [base, setBase] = useState(secret)
  const value = useRef<ValueHandle>(null)
  const { expiresAt } = base
  // a write begins its expiry anew
  const kept: TtlOf = (now) => (expiresAt === undefined ? null : Math.max(1, expiresAt - now))
  const ttl = useRef<TtlOf>(kept)
  const saving = useReplacement(workspace, base, onDone)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void saving.save(value.current?.read() ?? "", ttl.current)
  }
  return (
    <form onSubmit={submit} className="stack">
      <ValueField ref={value} onEdit={onEdit} />
      <ExpiryField kept={kept} expiresAt={expiresAt} onChange={(next) => (ttl.current = next)} />
      <ChangedMeanwhile workspace={workspace} base={base} now={secret} onAccept={() => setBase(secret)} />
      <SaveError {...saving} onLook={() => void saving.look()} />
      <div className="flex gap-2">
        <Button kind="main" type="submit" isBusy={saving.isBusy}>
          Replace the value
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  )
}

const useReplacement = (workspace: string, base: ListedSecret, onDone: () => void) => {
  const notices = useNotices()
  const { client, clock, me } = useSignedIn()
  return useSaving({
    workspace,
    write: async (value: string, ttl: TtlOf) => {
      const ttlMs = ttl(clock.now())
      await client.updateSecret(workspace, base.id, { value, ifVersion: base.version, ...(ttlMs !== undefined && { ttlMs }) })
    },
    isStored: async () => {
      const versions = await client.listVersions(workspace, base.id)
      return versions.some(({ version, principal }) => version === base.version + 1 && principal?.id === me.principal.id)
    },
    onStored: () => {
      notices.tell(`${base.key} has a new value: version ${base.version + 1}.`)
      onDone()
    },
  })
}
