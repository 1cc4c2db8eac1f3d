/** Hosts as WHATWG URLs print them: lower case, A-labels, and `:port` only where it is not 443. */
const NAME = /^(?=.{1,253}(?::|$))([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:[0-9]{1,5})?$/

/** Whether `host` is written in the one way that a URL's own host would be. */
export const isCanonicalHost = (host: string): boolean => {
  if (!NAME.test(host)) return false
  try {
    return new URL(`https://${host}/`).host === host
  } catch {
    return false
  }
}
