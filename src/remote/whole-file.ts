import { SecretError } from "../base/errors.ts"
import type { TextShape } from "./text-form.ts"

/** A file that is the daemon's from its first byte to its last, 0600. */
export const WHOLE_FILE: TextShape = {
  isWhole: true,
  compose: (_current, own) => own ?? "",
  own: (text) => text,
  assertMayWrite: (path, isOwn) => {
    if (isOwn) return
    throw new SecretError("already_exists", `${path} is there already, and the daemon did not write it`, {
      details: { path },
      help: "Deliver in mode block, which leaves other lines alone; or move the file away, then deliver again.",
    })
  },
  warningsOf: () => [],
  options: () => ({}),
  assertReadable: () => {},
}
