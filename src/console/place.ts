import { DEFAULT_NAMESPACE } from "../core/limits.ts"

/** Where somebody is beside the page itself. */
export interface Place {
  /** The workspace. */
  w: string
  /** The secret that is open. */
  name?: string
}

export const placeOf = ({ w, name }: Record<string, unknown>): Place => ({
  w: typeof w === "string" && w !== "" ? w : DEFAULT_NAMESPACE,
  ...(typeof name === "string" && { name }),
})

export const parsePlace = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text))

export const placeText = (search: Record<string, unknown>): string => {
  const given = Object.entries(search).filter((each): each is [string, string] => typeof each[1] === "string")
  const text = new URLSearchParams(given).toString()
  return text === "" ? "" : `?${text}`
}
