import { useQuery, useQueryClient } from "@tanstack/react-query"
import { createContext, useContext, useSyncExternalStore } from "react"
import { asSecretError } from "../parts/use-action.ts"
import type { SecretError } from "../../base/errors.ts"
import { contentsOf, type BoxContents } from "./contents.ts"
import type { KeptKeys } from "./kept-keys.ts"
import type { Notes } from "./notes.ts"
import type { OpenBox } from "./open-box.ts"

export const BoxContext = createContext<OpenBox | null>(null)
export const KeptKeysContext = createContext<KeptKeys | null>(null)

export const useBox = (): OpenBox => {
  const box = useContext(BoxContext)
  if (box === null) throw new TypeError("there is no open box around this part")
  return box
}

export const useKeptKeys = (): KeptKeys => {
  const kept = useContext(KeptKeysContext)
  if (kept === null) throw new TypeError("there are no kept keys around this part")
  useSyncExternalStore(kept.subscribe, () => kept.ids)
  return kept
}

export const useNotes = (): Notes => {
  const box = useBox()
  return useSyncExternalStore(box.subscribe, () => box.notes)
}

export interface ContentsQuery {
  contents: BoxContents | undefined
  error: SecretError | undefined
  isBusy: boolean
  /** Settles when it was looked again. */
  look(): Promise<void>
}

/** Names alone: no value ever comes into the cache of queries. Each look leaves an event, so nothing asks over and over. */
export const useContents = (): ContentsQuery => {
  const box = useBox()
  const queries = useQueryClient()
  const queryKey = contentsKey(box.id)
  const { data, error, isFetching } = useQuery({ queryKey, queryFn: async ({ signal }) => contentsOf(await box.client.getSecretSpace({ signal })) })
  return { contents: data, error: error === null ? undefined : asSecretError(error), isBusy: isFetching, look: () => queries.invalidateQueries({ queryKey }) }
}

export const contentsKey = (id: string): readonly string[] => ["boxes", id]
