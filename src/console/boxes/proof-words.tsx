import type { ReactNode } from "react"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { Ago } from "../parts/ago.tsx"
import { Button } from "../parts/button.tsx"
import { PersonName } from "./person-name.tsx"
import { useBox, useContents, useNotes } from "./use-box.ts"
import type { Proof } from "./use-taking.ts"

/** What is proved of a value that was read, in words. */
export const ProofWords = ({ proof, sender }: { proof: Proof; sender: BoxId }): ReactNode => (
  <ul className="grid list-disc gap-1 pl-5 text-sm text-soft">
    <li>
      <Author proof={proof} sender={sender} />
    </li>
    <li>
      {proof.freshness === "newest"
        ? "It is the newest that this browser knows of: an older one would have been refused."
        : proof.isSigned
          ? "This browser meets it for the first time, so it cannot say whether there was a newer one. From now on it refuses an older one."
          : "Whether it is the newest, nobody can say."}
    </li>
    {proof.byteCount !== null && <li>{proof.byteCount.toLocaleString("en")} bytes that are no text. They are shown in hex, and copied as base64; a file has them as they are.</li>}
  </ul>
)

const Author = ({ proof: { isSigned, createdAt }, sender }: { proof: Proof; sender: BoxId }): ReactNode => {
  const { id } = useBox()
  const { people } = useNotes()
  const { contents } = useContents()
  if (!isSigned) return <>Nobody signed it, so who wrote it is not proved.</>
  const when = createdAt !== null && <Ago at={createdAt} />
  if (sender === id) return <>Signed with your own key, {when}.</>
  if (sender === contents?.serverId) return <>Signed by this server, {when}.</>
  return (
    <>
      Signed by <PersonName id={sender} />, {when}: whoever has that key wrote it, for you.{" "}
      {people[sender]?.comparedAt === undefined && "Whether the key is really theirs, only a safety number tells that you both compare."}
    </>
  )
}

/** What came does not prove to be right. Mostly nothing is wrong. */
export const NotProved = ({ sender, onUnsigned }: { sender: BoxId; onUnsigned: () => void }): ReactNode => {
  const isOwn = sender === useBox().id
  return (
    <div role="alert" className="mt-3 grid grid-cols-1 gap-2 rounded-md bg-warn-soft px-3 py-2">
      <p className="font-medium">It is not shown, because it does not prove who wrote it.</p>
      <p className="text-sm">
        Most often an older program wrote it, which signs nothing. It may also be older than what this browser has seen before, as after a restored backup, or changed on the server. Nothing of
        yours was given away. {isOwn ? "Replace the value, and it is signed again." : "Ask them to share it again: then it is signed anew."}
      </p>
      <Button onClick={onUnsigned} className="justify-self-start">
        It is from an older program: allow it unsigned
      </Button>
    </div>
  )
}
