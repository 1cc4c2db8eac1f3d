import { useState, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { Confirm } from "./confirm.tsx"
import type { Sender } from "./contents.ts"
import { usePersonText } from "./person-name.tsx"
import { useBox, useContents } from "./use-box.ts"

const NAMED = 10

/** Says what goes before it goes. */
export const StopTaking = ({ sender: { id, secrets } }: { sender: Sender }): ReactNode => {
  const [isAsking, setAsking] = useState(false)
  const { client } = useBox()
  const { look } = useContents()
  const notices = useNotices()
  const personText = usePersonText()
  const { run, isBusy, error } = useAction(async () => {
    await client.stopAcceptingSecretsFrom(id)
    notices.tell(`You take no more secrets from ${personText(id)}.`)
    setAsking(false)
    await look()
  })
  return (
    <>
      {!isAsking && (
        <Button kind="danger" onClick={() => setAsking(true)} className="justify-self-start">
          Stop taking secrets
        </Button>
      )}
      {isAsking && (
        <Confirm yes={secrets.length === 0 ? "Stop" : "Stop, and delete these"} no="Go on" isBusy={isBusy} onYes={() => void run()} onNo={() => setAsking(false)}>
          <WhatGoes secrets={secrets} />
        </Confirm>
      )}
      <BoxError error={error} />
    </>
  )
}

const WhatGoes = ({ secrets }: Pick<Sender, "secrets">): ReactNode => {
  if (secrets.length === 0) return "They can share with you no more, until you accept them again. Nothing of theirs is here to be deleted."
  return (
    <>
      They can share with you no more, and what they shared is deleted from your box for good:
      <ul className="my-1 list-disc pl-5 font-mono">
        {secrets.slice(0, NAMED).map(({ secretId }) => (
          <li key={secretId}>
            <bdi>{secretId}</bdi>
          </li>
        ))}
      </ul>
      {secrets.length > NAMED && `And ${secrets.length - NAMED} more. `}
      Copies that you kept in your own box stay.
    </>
  )
}
