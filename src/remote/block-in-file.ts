import type { EnvFormat } from "../envfile/env-format.ts"
import { keysOutside, putBlock, readBlock, removeBlock } from "../envfile/env-block.ts"
import { assertReadBack } from "../envfile/read-back.ts"
import { GROUP_AND_OTHERS } from "./careful-file.ts"
import type { TextShape } from "./text-form.ts"

/**
 * A marked block in a file that people write too, always behind their lines. Those stay byte for byte, and so do the file's group
 * and its owner's permissions; group and others lose theirs, for the file holds secrets now. Of a key that people wrote too there
 * is a warning: the block is read last and counts, and the line is theirs to remove.
 */
export const createBlockInFile = (format: EnvFormat): TextShape => ({
  isWhole: false,
  compose: (current, own) => (own === null ? removeBlock(current ?? "") : putBlock(current ?? "", own)),
  own: readBlock,
  assertMayWrite: () => {},
  warningsOf: (current, { secrets }) => {
    const outside = new Set(keysOutside(current, format))
    return secrets.filter(({ key }) => outside.has(key)).map(({ key }) => ({ key, code: "also_outside" }))
  },
  options: (old) => (old === null ? {} : { mode: old.mode & 0o777 & ~GROUP_AND_OTHERS, gid: old.gid }),
  assertReadable: (whole, { secrets }) => assertReadBack(whole, format, secrets, removeBlock(whole)),
})
