import type { NamedValue } from "../../src/redact/index.ts"
import { Scratch } from "../../src/redact/variants/scratch.ts"
import { VariantWriter } from "../../src/redact/variants/variant-writer.ts"
import type { OraclePattern } from "./oracle.ts"

/** Everything that a redactor with all variants searches for, in its order. */
export const allPatterns = (secrets: readonly NamedValue[]): OraclePattern[] => {
  const scratch = new Scratch()
  return secrets.flatMap(({ name, value }) => {
    const bytes = Buffer.from(value)
    const patterns: Uint8Array[] = [bytes]
    if (bytes.length >= 8 && !bytes.every((byte) => byte === 32 || (byte > 8 && byte < 14)))
      new VariantWriter({}).write(bytes, scratch, (_kind, lengths) => {
        for (const length of lengths) patterns.push(scratch.bytes.slice(0, length))
      })
    return patterns.map((each) => ({ name, bytes: each }))
  })
}
