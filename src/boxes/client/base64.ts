import type { Bytes } from "./web-crypto.ts"

/** RFC 4648 §5 without padding. */
export const toBase64Url = (bytes: Uint8Array): string => {
  let text = ""
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number)
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
}

/** Strict: one text for one byte string. @returns null for text that `toBase64Url` never gives */
export const fromBase64Url = (text: string): Bytes | null => {
  if (!/^[\w-]*$/.test(text)) return null
  try {
    const found = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
    const bytes = Uint8Array.from(found, (character) => character.charCodeAt(0))
    return toBase64Url(bytes) === text ? bytes : null
  } catch {
    return null
  }
}
