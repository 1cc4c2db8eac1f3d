import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { withErrorTable } from "./error-table.ts"

const path = join(import.meta.dirname, "../docs/errors.md")
writeFileSync(path, withErrorTable(readFileSync(path, "utf8")))
