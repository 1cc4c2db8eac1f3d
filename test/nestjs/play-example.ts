import { spawn, spawnSync } from "node:child_process"
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { ROOT } from "../architecture/manifest.ts"

const VALUE = "canary-of-the-nest-example"
const TOKEN = "token-of-the-nest-example"

/** The example in a folder of its own below one that has its packages, compiled as apps are. */
export const compileExample = (folder: string, kind: "module" | "commonjs"): void => {
  mkdirSync(folder, { recursive: true })
  cpSync(join(ROOT, "examples/nestjs/src"), join(folder, "src"), { recursive: true })
  cpSync(join(ROOT, "examples/nestjs/tsconfig.json"), join(folder, "tsconfig.json"))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "app", private: true, type: kind }))
  const types = ["--typeRoots", join(ROOT, "node_modules/@types")]
  const compiled = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), ...types], { cwd: folder, encoding: "utf8" })
  if (compiled.status !== 0) throw new Error(compiled.stdout + compiled.stderr)
}

export interface Played {
  missing: number
  documents: string
  nobody: number
  isSigned: boolean
  leaks: boolean
}

/** Starts the compiled example, asks it what its README asks, and ends it. */
export const playExample = async (folder: string): Promise<Played> => {
  const home = join(folder, "home")
  const env = { PATH: process.env.PATH ?? "", HOME: home, SOTTO_HOME: home, APP_TOKEN: TOKEN, PORT: "0", NODE_NO_WARNINGS: "1" }
  mkdirSync(home)
  const child = spawn(process.execPath, ["dist/main.js"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] })
  const printed: string[] = []
  child.stderr.on("data", (chunk: Buffer) => printed.push(String(chunk)))
  try {
    const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), once(child, "exit")])) as [unknown]
    if (typeof line !== "string") throw new Error(`the example did not start: ${printed.join("")}`)
    return await askThrough(line.replace("listening on ", ""), (path) => readFileSync(join(home, path), "latin1") + printed.join(""))
  } finally {
    const ended = child.exitCode === null ? once(child, "exit") : Promise.resolve()
    child.kill("SIGTERM")
    await ended
    rmSync(home, { recursive: true, force: true })
  }
}

const askThrough = async (url: string, everythingIn: (path: string) => string): Promise<Played> => {
  const seen: string[] = []
  const call = async (path: string, body?: object, token = TOKEN): Promise<{ status: number; body: never }> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
    const response = await fetch(url + path, body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) })
    const text = await response.text()
    seen.push(text)
    return { status: response.status, body: JSON.parse(text) as never }
  }
  const event = { paid: true }
  const missing = (await call("/webhooks", event)).status
  const { workflowId } = (await call("/api/v1/workspaces/default/workflows", { name: "webhook" })).body as { workflowId: string }
  const asked = await until(async () => (await call("/api/v1/workspaces/default/requests")).body as { requestId: string }[], (all) => all.length > 0)
  await call(`/api/v1/requests/${asked[0]?.requestId ?? ""}/answer`, { values: { WEBHOOK_KEY: VALUE } })
  await until(async () => (await call(`/api/v1/workflows/${workflowId}`)).body as { status: string }, ({ status }) => status === "completed")
  const documents = (await call(`/api/v1/workflows/${workflowId}/documents`)).body as { name: string; content: { markdown?: string } }[]
  const { signature } = (await call("/webhooks", event)).body as { signature: string }
  return {
    missing,
    documents: documents.find(({ name }) => name === "markdown")?.content.markdown ?? "",
    nobody: (await call("/api/v1/workspaces/default/secrets", undefined, "another")).status,
    isSigned: signature === createHmac("sha256", VALUE).update(JSON.stringify(event)).digest("hex"),
    leaks: [...seen, everythingIn("sotto.db")].some((text) => text.includes(VALUE)),
  }
}

const until = async <Value>(ask: () => Promise<Value>, isEnough: (value: Value) => boolean): Promise<Value> => {
  for (let left = 200; left > 0; left--) {
    const value = await ask()
    if (isEnough(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error("the example did not come so far within five seconds")
}
