import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createCertificate, type TestCertificate } from "../agent/certificates.ts"
import { joinNamespaces, openNamespace, setLink, type Namespace } from "./namespaces.ts"
import { askApp, copyExample, daemonCommand, endApp } from "./open-example.ts"
import { openHost, type Host, type Program, type Running } from "./open-host.ts"
import type { RelayConfig, RelayMode } from "./tls-relay.ts"

export type Way = "listens" | "calls in"

export interface Status {
  state: string
  error: string | null
  delivered: { key: string; version: number }[]
}

/** A server and a sandbox, each in a network namespace of its own, and somebody between them where that is wanted. */
export interface TwoHosts {
  store: Host
  sandbox: Host
  daemon: Running
  /** Where the daemon writes. */
  delivered: string
  set(name: string, value: string): Promise<void>
  status(): Promise<Status>
  app(): Promise<string>
  /** The cable between the two, at the sandbox's end. */
  setLink(state: "up" | "down"): void
  /** What the one between them does from now on. */
  meddle(mode: RelayMode): void
  /** Waits until one end refuses what the other seems to say since they meddle. @returns the code */
  refusal(): Promise<string>
  /** All that they could read. */
  readBetween(): Buffer
  sweep(canaries: readonly string[]): Promise<string[]>
  close(): Promise<void>
}

const RELAY = new URL("./tls-relay.ts", import.meta.url).pathname
const REFUSAL_MS = 30_000
const [SERVER_PORT, DAEMON_PORT, TLS_PORT] = [7766, 7767, 8443]

export interface TwoHostsOptions {
  way: Way
  hasMiddle: boolean
  lease?: string
}

export const openTwoHosts = async (program: Program, { way, hasMiddle, lease = "24h" }: TwoHostsOptions): Promise<TwoHosts> => {
  const closing: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).toReversed()) await each()
  }
  try {
    return await open(program, { way, hasMiddle, lease }, { closing, close })
  } catch (error) {
    await close()
    throw error
  }
}

type Closing = { closing: (() => Promise<void>)[]; close: () => Promise<void> }

const open = async (program: Program, { way, hasMiddle, lease }: Required<TwoHostsOptions>, { closing, close }: Closing): Promise<TwoHosts> => {
  const namespace = async (): Promise<Namespace> => {
    const opened = await openNamespace()
    closing.push(opened.close)
    return opened
  }
  const [here, there, between] = [await namespace(), await namespace(), await namespace()]
  if (hasMiddle) {
    joinNamespaces({ namespace: here, device: "sotto0", address: "10.79.2.1/24" }, { namespace: between, device: "sotto1", address: "10.79.2.2/24" })
    joinNamespaces({ namespace: between, device: "sotto2", address: "10.79.3.1/24" }, { namespace: there, device: "sotto3", address: "10.79.3.2/24" })
  } else joinNamespaces({ namespace: here, device: "sotto0", address: "10.79.1.1/24" }, { namespace: there, device: "sotto3", address: "10.79.1.2/24" })
  const [storeAt, sandboxAt] = hasMiddle ? ["10.79.2.1", "10.79.3.2"] : ["10.79.1.1", "10.79.1.2"]
  const [seenByStore, seenBySandbox] = hasMiddle ? ["10.79.2.2", "10.79.3.1"] : [sandboxAt, storeAt]
  const [ofEnds, ofMiddle] = [createCertificate([storeAt, sandboxAt]), createCertificate([seenByStore, seenBySandbox])]
  const host = (at: Namespace): Host => {
    const opened = openHost(program, { wrapper: at.wrapper, env: { SOTTO_PORT: String(SERVER_PORT), SOTTO_LOG_LEVEL: "debug" } })
    closing.push(opened.close)
    opened.env.NODE_EXTRA_CA_CERTS = join(opened.folder, "authorities.pem")
    writeFileSync(opened.env.NODE_EXTRA_CA_CERTS, `${ofEnds.ca}${ofMiddle.ca}`) // both are trusted everywhere
    return opened
  }
  const [store, sandbox, middle] = [host(here), host(there), host(between)]
  const relay = async (on: Host, { cert, key }: TestCertificate, place: Pick<RelayConfig, "host" | "port" | "target">): Promise<RelayConfig> => {
    const config: RelayConfig = { ...place, cert, key, record: join(on.folder, "record"), mode: join(on.folder, "mode") }
    await on.start(`exec node --no-warnings '${RELAY}' '${JSON.stringify(config)}'`).says(/ready/)
    return config
  }
  copyExample(sandbox)
  closing.push(async () => endApp(sandbox))
  await store.start("exec sotto serve").says(/runs at/)
  if (way === "calls in") await relay(store, ofEnds, { host: storeAt, port: TLS_PORT, target: `http://127.0.0.1:${SERVER_PORT}` })
  const between1 = way === "listens" ? { host: seenByStore, port: DAEMON_PORT, target: `https://${sandboxAt}:${DAEMON_PORT}` } : { host: seenBySandbox, port: TLS_PORT, target: `https://${storeAt}:${TLS_PORT}` }
  const tapped = hasMiddle ? await relay(middle, ofMiddle, between1) : null
  for (const name of ["cert", "key"] as const) writeFileSync(join(sandbox.folder, `${name}.pem`), ofEnds[name], { mode: 0o600 })
  const carriage =
    way === "listens"
      ? `--listen ${sandboxAt}:${DAEMON_PORT} --tls-cert '${join(sandbox.folder, "cert.pem")}' --tls-key '${join(sandbox.folder, "key.pem")}'`
      : `--connect https://${seenBySandbox}:${TLS_PORT}`
  await store.ok(`sotto env add sandbox${way === "listens" ? ` --address https://${seenByStore}:${DAEMON_PORT} --private` : ""}`)
  const token = (await store.ok("sotto env enroll sandbox")).trim()
  const daemon = sandbox.start(`exec ${daemonCommand({ carriage, more: `--lease ${lease}` })}`, { SOTTO_ENROLMENT: token })
  await daemon.says(/Waiting for the store|Calling in to/)
  let printedBefore = 0
  return {
    store,
    sandbox,
    daemon,
    delivered: join(sandbox.work, "delivered/env"),
    set: async (name, value) => {
      await store.ok(`sotto set ${name} --stdin`, { input: value })
      await store.ok(`sotto policy allow ${name} --sync sandbox`)
    },
    status: async () => JSON.parse(await store.ok("sotto env status sandbox --json")) as Status,
    app: () => askApp(sandbox),
    setLink: (state) => setLink(there, "sotto3", state),
    meddle: (mode) => {
      printedBefore = daemon.printed().length
      writeFileSync(tapped?.mode ?? "", mode)
    },
    refusal: async () => (way === "listens" ? refusalOfSync(store) : refusalIn(daemon, printedBefore)),
    readBetween: () => (tapped !== null && existsSync(tapped.record) ? readFileSync(tapped.record) : Buffer.alloc(0)),
    sweep: async (canaries) => (await Promise.all([store, sandbox, middle].flatMap((each) => canaries.map((canary) => each.sweep(canary))))).flat(),
    close,
  }
}

const refusalOfSync = async (store: Host): Promise<string> => {
  const { code, stderr } = await store.shell("sotto sync sandbox --json")
  return code === 0 ? "done" : (JSON.parse(stderr) as { error: { code: string } }).error.code
}

const refusalIn = async (daemon: Running, printedBefore: number): Promise<string> => {
  for (let waited = 0; waited < REFUSAL_MS; waited += 100) {
    const [, code] = /^Not connected to \S+: (\w+)/m.exec(daemon.printed().slice(printedBefore)) ?? []
    if (code !== undefined) return code
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return "none"
}
