/** A process of its own: builds a redactor and reads a first chunk. Prints milliseconds and megabytes as JSON. */
import { createRedactor } from "../src/redact/index.ts"
import { benchSecrets } from "./bench-secrets.ts"
import { logText, seeded } from "./log-text.ts"

const secrets = benchSecrets(Number(process.argv[2]))
const text = logText(65_536, seeded(7))
const beforeKb = process.resourceUsage().maxRSS
const begun = performance.now()
const filter = createRedactor(secrets).filter()
filter.push(text)
const ms = performance.now() - begun
console.log(JSON.stringify({ ms, mb: (process.resourceUsage().maxRSS - beforeKb) / 1000 }))
