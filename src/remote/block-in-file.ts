import { SecretError } from "../base/errors.ts"
import type { EnvFormat } from "../envfile/env-format.ts"
import { GROUP_AND_OTHERS } from "./careful-file.ts"
import { readEnvFile, splitBlock, withBlock } from "./env-text.ts"
import { changedKeys, readOrNothing } from "./rendered.ts"
import type { TextShape } from "./text-form.ts"

/**
 * A marked block in a file that people write too. Their lines stay byte for byte, the file's group and its owner's permissions
 * too; group and others lose theirs, for the file holds secrets now. A key that people wrote before the block is only warned of:
 * the block is read after it and counts. One behind the block would count instead of it, so it is refused.
 */
export const createBlockInFile = (format: EnvFormat): TextShape => ({
  isWhole: false,
  compose: (current, own) => withBlock(current ?? "", own),
  own: (text) => splitBlock(text).block,
  assertMayWrite: () => {},
  judge: (current, { secrets }) => {
    const { before, after } = splitBlock(current)
    const [earlier, later] = [readOrNothing(before, format), readOrNothing(after, format)]
    return {
      refused: secrets.filter(({ key }) => later.has(key)).map(({ key }) => ({ key, code: "twice" })),
      warnings: secrets.filter(({ key }) => earlier.has(key)).map(({ key }) => ({ key, code: "also_outside" })),
    }
  },
  options: (old) => (old === null ? {} : { mode: old.mode & 0o777 & ~GROUP_AND_OTHERS, gid: old.gid }),
  assertReadable: (path, whole, { secrets }) => {
    const ours = new Set(secrets.map(({ key }) => key))
    const theirs = [...readOrNothing(withBlock(whole, null), format)].filter(([key]) => !ours.has(key)).map(([key, value]) => ({ key, value }))
    const changed = changedKeys([...theirs, ...secrets], readEnvFile(whole, format))
    if (changed.length === 0) return
    throw new SecretError("file_not_written", `${path} would not be read as it is meant: ${changed.join(", ")}`, {
      details: { path, keys: changed },
      help: "A line outside of the block leaves a quote open, or ends in a backslash: close it, then deliver again.",
    })
  },
})
