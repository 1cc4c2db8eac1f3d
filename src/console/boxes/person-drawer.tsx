import { useState, type ReactNode } from "react"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { exactText } from "../parts/ago.tsx"
import { Button } from "../parts/button.tsx"
import { DialogFrame } from "../parts/dialog-frame.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { AliasForm } from "./alias-form.tsx"
import { BoxError } from "./box-error.tsx"
import type { Sender } from "./contents.ts"
import { CopyId } from "./copy-id.tsx"
import { NameList } from "./name-list.tsx"
import { usePersonText } from "./person-name.tsx"
import { SafetyNumber } from "./safety-number.tsx"
import { SharedFromHere } from "./shared-from-here.tsx"
import { SharedSecretView } from "./shared-secret-view.tsx"
import { StopTaking } from "./stop-taking.tsx"
import { useBox, useContents } from "./use-box.ts"

interface PersonDrawerProps {
  id: BoxId
  onClose(): void
}

/** Somebody else: who they are, what they shared, what was shared with them. */
export const PersonDrawer = ({ id, onClose }: PersonDrawerProps): ReactNode => {
  const [secretId, setSecretId] = useState<string | null>(null)
  const [isEdited, setEdited] = useState(false)
  const [asking, setAsking] = useState<"back" | "close" | null>(null)
  const [isHeld, setHeld] = useState(false)
  const personText = usePersonText()
  const { contents } = useContents()
  const sender = contents?.senders.find((each) => each.id === id)
  const back = (): void => {
    setSecretId(null)
    setAsking(null)
    setHeld(false)
  }
  const leave = { back, close: onClose }
  const ask = (how: "back" | "close"): void => {
    if (isHeld && asking === null) setAsking(how)
    else leave[how]()
  }
  return (
    <DialogFrame title={secretId ?? personText(id)} isDrawer isDirty={isEdited} onClose={() => ask("close")}>
      {secretId === null ? (
        <div className="grid grid-cols-1 gap-6">
          <CopyId id={id} label="Copy their id" isWhole />
          <AliasForm id={id} onEdit={setEdited} onForgotten={onClose} />
          <WhatTheyShared id={id} sender={sender} onOpen={setSecretId} />
          <SharedFromHere id={id} />
          <SafetyNumber id={id} />
        </div>
      ) : (
        <SharedSecretView from={id} secretId={secretId} isAsking={asking !== null} onBack={() => ask("back")} onLeave={leave[asking ?? "back"]} onStay={() => setAsking(null)} onHeld={setHeld} />
      )}
    </DialogFrame>
  )
}

const WhatTheyShared = ({ id, sender, onOpen }: { id: BoxId; sender: Sender | undefined; onOpen: (secretId: string) => void }): ReactNode => (
  <section aria-labelledby="their-secrets" className="grid grid-cols-1 gap-3">
    <h3 id="their-secrets" className="font-semibold">
      What they shared with you
    </h3>
    {sender === undefined && <AcceptAgain id={id} />}
    {sender !== undefined && (
      <>
        <p className="text-sm text-soft">{sender.closesAt === null ? "They may share with you until you stop it." : `They may share with you until ${exactText(sender.closesAt)}; what they shared is deleted then.`}</p>
        {sender.secrets.length === 0 ? <p>Nothing yet.</p> : <NameList label="What they shared" rows={sender.secrets} onOpen={onOpen} />}
        <StopTaking sender={sender} />
      </>
    )}
  </section>
)

const AcceptAgain = ({ id }: { id: BoxId }): ReactNode => {
  const { client } = useBox()
  const { look } = useContents()
  const notices = useNotices()
  const { run, isBusy, error } = useAction(async () => {
    await client.acceptSecretsFrom(id)
    notices.tell("They may share with you now.")
    await look()
  })
  return (
    <>
      <p>They may not share with you.</p>
      <BoxError error={error} />
      <Button onClick={() => void run()} isBusy={isBusy} className="justify-self-start">
        Accept
      </Button>
    </>
  )
}
