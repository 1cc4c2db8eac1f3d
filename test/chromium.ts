import { execFileSync } from "node:child_process"
import { chromium, type Browser } from "playwright-core"
import { bringPackages } from "./debian-package.ts"

/** A sentence where there is no Chromium and none can be brought. */
export const missingChromium = (): string | null => bringPackages("chromium", ["chromium"])

/** A real browser, which is to be closed. It runs as root only without its sandbox; it visits this machine alone. */
export const openChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
  })
