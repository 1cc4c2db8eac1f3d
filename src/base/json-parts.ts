const isOpening = (code: number): boolean => code === 0x5b || code === 0x7b

/**
 * Whether JSON text may hold more objects and arrays than that; brackets within its texts count as well. Each takes some thirty times
 * the memory and time that its bytes tell of: to be asked before strangers' text is parsed.
 */
export const hasMoreParts = (text: string, max: number): boolean => {
  let count = 0
  for (let i = 0; i < text.length; i++) if (isOpening(text.charCodeAt(i)) && ++count > max) return true
  return false
}
