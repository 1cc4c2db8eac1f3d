import { useRef, useState, type ReactNode, type RefObject, type SubmitEvent } from "react"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { useNotices } from "../parts/notices.ts"
import { useSignedIn } from "../session/use-session.ts"
import { ExpiryField, type TtlOf } from "./expiry-field.tsx"
import { MetadataField, parseMetadata } from "./metadata-field.tsx"
import { SaveError } from "./save-error.tsx"
import { findSecret } from "./use-secret.ts"
import { useSaving } from "./use-saving.ts"
import { ValueField, type ValueHandle } from "./value-field.tsx"

interface NewSecretDialogProps {
  workspace: string
  onClose(): void
  onOpen(name: string): void
}

export const NewSecretDialog = ({ workspace, onClose, onOpen }: NewSecretDialogProps): ReactNode => {
  const [key, setKey] = useState("")
  const [isEdited, setEdited] = useState(false)
  const value = useRef<ValueHandle>(null)
  const ttl = useRef<TtlOf>(() => undefined)
  const metadata = useRef("")
  const typed: Typed = { value, ttl, metadata }
  const saving = useCreation(workspace, { key, typed, onClose })
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void saving.save()
  }
  return (
    <DialogFrame title="New secret" isDirty={key !== "" || isEdited} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <NameField name={key} onChange={setKey} />
        <ValueField ref={value} onEdit={() => setEdited(true)} />
        <ExpiryField onChange={(next) => (ttl.current = next)} />
        <details>
          <summary className="text-soft">Metadata</summary>
          <MetadataField begins="" onChange={(text) => (metadata.current = text)} />
        </details>
        <SaveError {...saving} onLook={() => void saving.look()}>
          {saving.error?.code === "already_exists" && (
            <Button className="mt-2" onClick={() => onOpen(key)}>
              Look at the one that is there
            </Button>
          )}
        </SaveError>
        <StoreButton isBusy={saving.isBusy} />
      </form>
    </DialogFrame>
  )
}

/** What is read when it is stored, and drawn from before by nothing. */
interface Typed {
  value: RefObject<ValueHandle | null>
  ttl: RefObject<TtlOf>
  metadata: RefObject<string>
}

const NameField = ({ name, onChange }: { name: string; onChange: (name: string) => void }): ReactNode => (
  <div className="grid grid-cols-1 gap-1.5">
    <label htmlFor="key" className="font-semibold">
      Name
    </label>
    <input
      id="key" className="input font-mono" value={name} onChange={(event) => onChange(event.target.value)} required
      autoComplete="off" autoCapitalize="off" spellCheck={false} placeholder="STRIPE_KEY"
    />
  </div>
)

const StoreButton = ({ isBusy }: { isBusy: boolean }): ReactNode => (
  <div className="flex flex-wrap items-center gap-3">
    <Button kind="main" type="submit" isBusy={isBusy}>
      Store
    </Button>
    <span className="text-sm text-soft">
      The same in a terminal: <Command>sotto set NAME</Command>
    </span>
  </div>
)

const useCreation = (workspace: string, { key, typed, onClose }: { key: string; typed: Typed; onClose: () => void }) => {
  const { client, clock } = useSignedIn()
  const notices = useNotices()
  const began = useRef(0)
  return useSaving({
    workspace,
    write: async () => {
      const ttlMs = typed.ttl.current(clock.now())
      const metadata = parseMetadata(typed.metadata.current)
      const value = typed.value.current?.read() ?? ""
      began.current = clock.now()
      await client.createSecret(workspace, { key, value, ...(metadata !== null && { metadata }), ...(ttlMs !== undefined && { ttlMs }) })
    },
    isStored: async () => {
      const found = await findSecret(client, workspace, key)
      return found !== null && found.version === 1 && found.createdAt >= began.current - CLOCKS_APART_MS
    },
    onStored: () => {
      notices.tell(`${key} is stored.`)
      onClose()
    },
  })
}

/** Between what the server and this machine take for now, after the difference is known. */
const CLOCKS_APART_MS = 5_000
