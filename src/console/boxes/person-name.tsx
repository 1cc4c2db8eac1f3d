import type { ReactNode } from "react"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { aliasOf } from "./notes.ts"
import { shortId } from "./short-id.ts"
import { useNotes } from "./use-box.ts"

/** What this browser calls somebody, or the ends of their id. */
export const PersonName = ({ id }: { id: BoxId }): ReactNode => {
  const alias = aliasOf(useNotes(), id)
  return alias === undefined ? (
    <code title={id}>{shortId(id)}</code>
  ) : (
    <bdi title={id} className="font-semibold wrap-anywhere">
      {alias}
    </bdi>
  )
}

export const usePersonText = (): ((id: BoxId) => string) => {
  const notes = useNotes()
  return (id) => aliasOf(notes, id) ?? shortId(id)
}
