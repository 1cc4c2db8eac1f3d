import type { ReactNode } from "react"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { SecretError } from "../../base/errors.ts"
import { Button } from "../parts/button.tsx"
import { useNotices } from "../parts/notices.ts"
import { useAction } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { shortId } from "./short-id.ts"

/** An id is no secret: it stays in the clipboard. */
export const CopyId = ({ id, label, isWhole = false }: { id: BoxId; label: string; isWhole?: boolean }): ReactNode => {
  const notices = useNotices()
  const { run, isBusy, error } = useAction(async () => {
    await navigator.clipboard.writeText(id).catch((cause: unknown) => {
      throw new SecretError("not_supported", "the browser did not let the id into the clipboard", { cause, help: "Mark it and copy it by hand." })
    })
    notices.tell("The id is copied.")
  })
  return (
    <span className="inline-flex min-w-0 flex-wrap items-center gap-1">
      <code title={id} className="wrap-anywhere text-soft">
        {isWhole ? id : shortId(id)}
      </code>
      <Button kind="quiet" onClick={() => void run()} isBusy={isBusy}>
        {label}
      </Button>
      <BoxError error={error} />
    </span>
  )
}
