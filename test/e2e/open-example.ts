import { createHmac } from "node:crypto"
import { cpSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { ROOT } from "../architecture/manifest.ts"
import type { Host } from "./open-host.ts"

export const EXAMPLE = join(ROOT, "examples/sandbox")

export const copyExample = ({ work }: Host): void => cpSync(EXAMPLE, work, { recursive: true })

/** What its app answers for `/sign/hello` where it has this key. */
export const signatureBy = (key: string): string => `${createHmac("sha256", key).update("hello").digest("hex")}\n`

export const NOT_DELIVERED = "no SIGNING_KEY was delivered\n"

export interface ExampleOptions {
  /** `--listen HOST:PORT` or `--connect URL`, with what goes with it. */
  carriage: string
  appPort?: number
  more?: string
}

/** The daemon's command line of the example's README. */
export const daemonCommand = ({ carriage, appPort = 8080, more = "" }: ExampleOptions): string =>
  [
    `sotto daemon ${carriage} --path "$PWD/delivered/env" --format node --state "$PWD/delivered/state"`,
    `--restart "$PWD/restart.sh" --restart-arg "$PWD/delivered/env" --restart-arg ${appPort} --restart-arg "$PWD/delivered/app.pid"`,
    `--check /usr/bin/curl --check-arg=-fs --check-arg http://127.0.0.1:${appPort}/healthz ${more}`,
  ].join(" ")

/** The app's answer, on its own machine; empty while nobody answers. */
export const askApp = async (host: Host, appPort = 8080): Promise<string> => (await host.shell(`curl -s --max-time 5 http://127.0.0.1:${appPort}/sign/hello`)).stdout

/** The restart program left it running, as a process manager does. */
export const endApp = ({ work }: Host): void => {
  const path = join(work, "delivered/app.pid")
  if (!existsSync(path)) return
  try {
    process.kill(Number(readFileSync(path, "utf8")), "SIGKILL")
  } catch {
    // It has ended already.
  }
}
