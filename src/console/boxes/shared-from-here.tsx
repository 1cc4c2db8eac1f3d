import type { ReactNode } from "react"
import { isSecretError } from "../../base/errors.ts"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { Ago } from "../parts/ago.tsx"
import { Button } from "../parts/button.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { onSubmit, textOf } from "./fields.tsx"
import { withoutShared, type SharedNote } from "./notes.ts"
import { useBox, useNotes } from "./use-box.ts"

/** What was shared with somebody, as this browser remembers it. */
export const SharedFromHere = ({ id }: { id: BoxId }): ReactNode => {
  const shared = useNotes().shared.filter(({ to }) => to === id)
  return (
    <section aria-labelledby="shared-from-here" className="grid grid-cols-1 gap-2">
      <h3 id="shared-from-here" className="font-semibold">
        What you shared with them
      </h3>
      {shared.length === 0 && <p className="text-soft">Nothing that this browser remembers.</p>}
      {shared.length > 0 && (
        <ul className="card overflow-clip">
          {shared.map((each) => (
            <SharedRow key={each.secretId} shared={each} />
          ))}
        </ul>
      )}
      <details>
        <summary className="py-1 font-semibold text-accent">Take back one that is not listed</summary>
        <TakeBackByName id={id} />
      </details>
    </section>
  )
}

const useTakingBack = (to: BoxId) => {
  const box = useBox()
  const notices = useNotices()
  return useAction(async (secretId: string) => {
    const isGone = await box.client.deleteSharedSecret(to, secretId).then(() => false, unlessGone)
    await box.note((notes) => withoutShared(notes, { to, secretId }))
    notices.tell(isGone ? `${secretId} was not there any more: read once, or deleted by them.` : `${secretId} is taken back. Whether they had read it before, nobody can say.`)
    return true
  })
}

const unlessGone = (error: unknown): true => {
  if (isSecretError(error) && error.code === "not_found") return true
  throw error
}

const SharedRow = ({ shared: { to, secretId, at, isOneTime } }: { shared: SharedNote }): ReactNode => {
  const { run, isBusy, error } = useTakingBack(to)
  return (
    <li className="grid grid-cols-1 gap-2 border-b border-line px-3 py-2 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="mr-auto min-w-0">
          <bdi className="font-mono wrap-anywhere">{secretId}</bdi>
          <span className="block text-sm text-soft">
            <Ago at={at} />
            {isOneTime && ", for one reading"}
          </span>
        </span>
        <Button onClick={() => void run(secretId)} isBusy={isBusy} aria-label={`Take back ${secretId}`}>
          Take back
        </Button>
      </div>
      <BoxError error={error} />
    </li>
  )
}

const TakeBackByName = ({ id }: { id: BoxId }): ReactNode => {
  const { run, isBusy, error } = useTakingBack(id)
  return (
    <form onSubmit={onSubmit((fields) => void run(textOf(fields, "name")))} className="grid grid-cols-1 gap-2">
      <div className="flex flex-wrap gap-2">
        <input name="name" aria-label="Name of what you shared" required className="input flex-1 basis-40 font-mono" autoComplete="off" autoCapitalize="off" spellCheck={false} />
        <Button type="submit" isBusy={isBusy}>
          Take it back
        </Button>
      </div>
      <BoxError error={error} />
    </form>
  )
}
