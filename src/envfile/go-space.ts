/** Leading and trailing runs of what Go's `unicode.IsSpace` takes for a space. It is not JavaScript's `\s`. */
export const GO_SPACE_FIRST = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/
export const GO_SPACE_LAST = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/
