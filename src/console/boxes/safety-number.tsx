import { useMemo, useState, type ReactNode } from "react"
import { safetyNumber } from "../../boxes/client/safety-number.ts"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { exactText } from "../parts/ago.tsx"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { withCompared } from "./notes.ts"
import { useBox, useNotes } from "./use-box.ts"

/** Tells whether somebody's key is theirs, once two people compare it by voice or eye. */
export const SafetyNumber = ({ id }: { id: BoxId }): ReactNode => {
  const box = useBox()
  const { people } = useNotes()
  const [isShown, setShown] = useState(false)
  const comparedAt = people[id]?.comparedAt
  const { run, isBusy, error } = useAction((isSame: boolean) => box.note((notes) => withCompared(notes, id, isSame ? Date.now() : null)))
  return (
    <section aria-labelledby="safety-number" className="grid grid-cols-1 gap-2">
      <h3 id="safety-number" className="font-semibold">
        Safety number
      </h3>
      <p className="text-sm text-soft">
        Call them, or sit together, and compare these sixty digits. They are the same on both sides; if not, one of you has somebody else&rsquo;s key, and should share nothing.
      </p>
      <details onToggle={(event) => setShown(event.currentTarget.open)}>
        <summary className="py-1 font-semibold text-accent">Show the number</summary>
        {isShown && <Digits own={box.id} theirs={id} />}
      </details>
      <label className="flex items-start gap-2">
        <input type="checkbox" className="mt-1.5" checked={(comparedAt !== undefined) !== isBusy} onChange={(event) => void run(event.target.checked)} />
        <span>
          We compared it, and it is the same
          {comparedAt !== undefined && <span className="block text-sm text-soft">You said so on {exactText(comparedAt)}.</span>}
        </span>
      </label>
      <BoxError error={error} />
    </section>
  )
}

const Digits = ({ own, theirs }: { own: BoxId; theirs: BoxId }): ReactNode => {
  const groups = useMemo(() => safetyNumber(own, theirs).split(" "), [own, theirs])
  return (
    <p className="grid grid-cols-3 sm:grid-cols-6 gap-x-3 gap-y-1 rounded-lg border border-line bg-paper p-3 text-center font-mono text-lg">
      {groups.map((group, at) => (
        <span key={`${at}-${group}`}>{`${group} `}</span>
      ))}
    </p>
  )
}
