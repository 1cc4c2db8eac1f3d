import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react"
import { asSecretError } from "../parts/use-action.ts"
import { BoxError } from "./box-error.tsx"
import { KeptKeys } from "./kept-keys.ts"
import { NoBoxes } from "./no-boxes.tsx"
import type { OpenBox } from "./open-box.ts"
import { OpenedBox } from "./opened-box.tsx"
import { servesBoxes } from "./serves-boxes.ts"
import { UnlockPanel } from "./unlock-panel.tsx"
import { BoxContext, contentsKey, KeptKeysContext } from "./use-box.ts"

/** A person's own box on this server, which this page alone opens: no key and no value goes anywhere else. */
export const BoxesPage = (): ReactNode => {
  const { data: isServed, error } = useQuery({ queryKey: ["boxes"], queryFn: ({ signal }) => servesBoxes(location.origin, signal), staleTime: Infinity })
  const [kept] = useState(() => new KeptKeys(localStorage))
  const { box, notice, open, lock } = useLock()
  return (
    <KeptKeysContext value={kept}>
      {box === null && <h1 className="text-2xl font-semibold tracking-tight">Boxes</h1>}
      {error !== null && <BoxError error={asSecretError(error)} />}
      {isServed === false && <NoBoxes />}
      {isServed === true && box === null && <UnlockPanel notice={notice} onOpen={open} />}
      {box !== null && (
        <BoxContext value={box} key={box.id}>
          <OpenedBox onLock={lock} />
        </BoxContext>
      )}
    </KeptKeysContext>
  )
}

interface Lock {
  box: OpenBox | null
  /** Why it was locked. */
  notice: string | undefined
  open(box: OpenBox): void
  lock(notice: string): void
}

/** Holds the open key for as long as this page is looked at. */
const useLock = (): Lock => {
  const queries = useQueryClient()
  const [box, setBox] = useState<OpenBox | null>(null)
  const [notice, setNotice] = useState<string>()
  const lock = useCallback((why: string): void => {
    setBox(null)
    setNotice(why)
  }, [])
  useEffect(() => {
    if (box === null) return undefined
    return () => {
      box.close()
      queries.removeQueries({ queryKey: contentsKey(box.id) })
    }
  }, [box, queries])
  useFocusAfterChange(box)
  return { box, notice, open: setBox, lock }
}

/** What had the focus is gone with what it stood in. */
const useFocusAfterChange = (box: OpenBox | null): void => {
  const before = useRef(box)
  useEffect(() => {
    if (before.current !== box) document.getElementById("main")?.focus()
    before.current = box
  }, [box])
}
