/** The code of a sign-in link, which is out of the address before anything else can see it. */
export const takeCode = (location: Pick<Location, "hash" | "pathname">, history: Pick<History, "replaceState">): string | null => {
  const code = /^#code=([^&]+)$/.exec(location.hash)?.[1]
  if (code === undefined) return null
  history.replaceState(null, "", location.pathname)
  return decodeURIComponent(code)
}
