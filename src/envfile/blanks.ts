/** What Go's `unicode.IsSpace` takes for a space. It is not what JavaScript's `\s` matches. */
export const GO_SPACE = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// A regular expression for the end of a text looks at a long run of blanks once for each of them.

export const trimStartOf = (text: string, blanks: string): string => {
  let start = 0
  while (start < text.length && blanks.includes(text[start] as string)) start++
  return text.slice(start)
}

/** @param from what stands before it stays, blank or not */
export const trimEndOf = (text: string, blanks: string, from = 0): string => {
  let end = text.length
  while (end > from && blanks.includes(text[end - 1] as string)) end--
  return text.slice(0, end)
}
