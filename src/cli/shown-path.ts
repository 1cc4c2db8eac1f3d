import { relative } from "node:path"

/** As somebody would write it here: from this folder where it lies in it. */
export const shownPath = (path: string): string => {
  const here = relative(process.cwd(), path)
  return here === "" || here.startsWith("..") ? path : here
}
