import { useState, type ReactNode, type SubmitEvent } from "react"
import { SecretError } from "../../base/errors.ts"
import type { BoxSecret } from "../../boxes/client/box-secret.ts"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { Button } from "../parts/button.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { BoxValue } from "./box-value.tsx"
import { Confirm } from "./confirm.tsx"
import { NotProved } from "./proof-words.tsx"
import { NameField } from "./put-dialog.tsx"
import { useBox, useContents } from "./use-box.ts"
import { exactValue, useTaking, type Taking } from "./use-taking.ts"

interface SharedSecretViewProps {
  from: BoxId
  secretId: string
  /** Leaving would lose a value that is nowhere else. */
  isAsking: boolean
  onBack(): void
  onLeave(): void
  onStay(): void
  onHeld(isHeld: boolean): void
}

/** A secret that somebody shared. */
export const SharedSecretView = ({ from, secretId, isAsking, onBack, onLeave, onStay, onHeld }: SharedSecretViewProps): ReactNode => {
  const { client } = useBox()
  const { contents } = useContents()
  const [isOneTime] = useState(contents?.senders.find(({ id }) => id === from)?.secrets.some((each) => each.secretId === secretId && each.isOneTime) ?? false)
  const taking = useTaking((options) => client.readSecretFrom(from, secretId, options), isOneTime)
  return (
    <div className="grid grid-cols-1 gap-5">
      <Button kind="quiet" onClick={onBack} className="justify-self-start">
        ‹ Back
      </Button>
      {isAsking && (
        <Confirm yes="Let it go" no="Stay" onYes={onLeave} onNo={onStay}>
          This value was for one reading and is on the server no more. Copy it, or keep it in your own box, before you leave.
        </Confirm>
      )}
      {isOneTime && !taking.isHeld ? (
        <ReadOnce taking={taking} from={from} onRead={() => onHeld(true)} />
      ) : (
        <>
          <BoxValue name={secretId} sender={from} taking={taking} />
          <KeepForm secretId={secretId} take={taking.take} onKept={() => onHeld(false)} />
        </>
      )}
    </div>
  )
}

const ReadOnce = ({ taking, from, onRead }: { taking: Taking; from: BoxId; onRead: () => void }): ReactNode => {
  const { look } = useContents()
  const { run, isBusy, error } = useAction(async () => {
    try {
      await taking.take()
      onRead()
    } finally {
      void look()
    }
  })
  return (
    <section className="grid grid-cols-1 gap-3 rounded-lg border border-line bg-paper p-3">
      <p>
        <strong>This can be read once.</strong> Reading takes it away from the server; it is then in this page alone, until you leave it. Keep it in your own box if you need it later.
      </p>
      {taking.isRefused ? <NotProved sender={from} onUnsigned={taking.allowUnsigned} /> : <BoxError error={error} />}
      <Button kind="main" onClick={() => void run()} isBusy={isBusy} className="justify-self-start">
        Read it now
      </Button>
    </section>
  )
}

const KeepForm = ({ secretId, take, onKept }: { secretId: string; take: () => Promise<BoxSecret>; onKept: () => void }): ReactNode => {
  const { client } = useBox()
  const { contents, look } = useContents()
  const notices = useNotices()
  const [name, setName] = useState(secretId)
  const { run, isBusy, error } = useAction(async () => {
    if (contents?.own.includes(name)) throw new SecretError("already_exists", "you have a secret of this name", { help: "Take another name for this one." })
    await client.setSecret(name, exactValue(await take()))
    notices.tell(`${name} is in your box.`)
    onKept()
    void look()
  })
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void run()
  }
  return (
    <details>
      <summary className="py-1 font-semibold text-accent">Keep it in my own box</summary>
      <form onSubmit={submit} className="mt-2 grid grid-cols-1 gap-3">
        <NameField name={name} onChange={setName} />
        <BoxError error={error} />
        <Button type="submit" isBusy={isBusy} className="justify-self-start">
          Encrypt and keep
        </Button>
      </form>
    </details>
  )
}
