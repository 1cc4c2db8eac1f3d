import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { systemClock } from "../../base/clock.ts"
import { SecretError } from "../../base/errors.ts"
import type { SandboxFacts } from "../../core/sandbox/messages.ts"
import type { EnvFormat } from "../../envfile/env-format.ts"
import { createApplier } from "../../remote/applier.ts"
import { assertServerUrl, connectOut } from "../../remote/connect-out.ts"
import { openContact } from "../../remote/contact.ts"
import { createDaemon, type Daemon, type DaemonNote } from "../../remote/daemon.ts"
import { openIdentity } from "../../remote/daemon-identity.ts"
import type { DeliveryTarget } from "../../remote/delivery.ts"
import { keepLease } from "../../remote/keep-lease.ts"
import { listenAsDaemon } from "../../remote/listen.ts"
import { runProgram } from "../../runner/run-program.ts"
import type { Call, Environment } from "../command.ts"
import { parseDuration, parseTtl } from "../duration.ts"
import { stopSignal } from "../stop-signal.ts"

const LISTEN = "127.0.0.1:7767"
const LEASE = "24h"
const RESTART_TIMEOUT = "60s"
/** A store waits no longer for a receipt. */
const RESTART_TIMEOUT_MAX_MS = 80_000

export const daemon = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  const target = targetOf(call)
  const carriage = carriageOf(call)
  const stateFolder = options.text("state") ?? join(env.XDG_STATE_HOME ?? join(env.HOME ?? homedir(), ".local/state"), "sotto-daemon")
  const facts: SandboxFacts = { format: target.format, mode: target.mode, leaseMs: parseTtl("--lease", options.text("lease") ?? LEASE) }
  const identity = openIdentity(stateFolder, tokenOf(env))
  delete process.env.SOTTO_ENROLMENT // no child is to have it
  const applier = createApplier({ target, stateFolder, run: runProgram })
  const running = createDaemon({
    identity,
    contact: openContact(stateFolder),
    applier,
    facts,
    clock: systemClock,
    ...(!options.flag("no-commands") && { runCommand: await commandRunner() }),
    onNote: (note) => screen.note(noteText(note)),
  })
  try {
    await applier.recover()
    const lease = keepLease(running)
    const stopping = new AbortController()
    const work = await start(call, running, { carriage, signal: stopping.signal })
    await stopSignal(call)
    stopping.abort()
    await Promise.all([work(), lease.stop()])
  } finally {
    await applier.close()
  }
}

const tokenOf = (env: Environment): string | null => {
  const token = (env.SOTTO_ENROLMENT ?? "").trim()
  return token === "" ? null : token
}

const commandRunner = async () => (await import("../../runner/run-for-agent.ts")).createCommandRunner()

const targetOf = ({ options }: Call): DeliveryTarget => {
  const path = options.text("path")
  if (path === undefined) throw new SecretError("invalid_argument", "--path says where to write", { help: "For example: --path /run/secrets/app/env" })
  const restart = commandOf(options, "restart")
  const check = commandOf(options, "check")
  if (restart === null && check !== null) throw new SecretError("invalid_argument", "--check goes with --restart")
  const timeoutMs = parseDuration("--restart-timeout", options.text("restart-timeout") ?? RESTART_TIMEOUT)
  if (timeoutMs > RESTART_TIMEOUT_MAX_MS) throw new SecretError("invalid_argument", "--restart-timeout is at most 80s")
  return {
    path,
    format: (options.text("format") ?? "dotenv") as EnvFormat,
    mode: (options.text("mode") ?? "file") as DeliveryTarget["mode"],
    ...(options.flag("on-disk") && { mayBeOnDisk: true }),
    ...(restart !== null && { restart: { command: restart, timeoutMs, ...(check !== null && { check }) } }),
  }
}

const commandOf = (options: Call["options"], name: "restart" | "check"): readonly string[] | null => {
  const [program, args] = [options.text(name), options.texts(`${name}-arg`)]
  if (program !== undefined) return [program, ...args]
  if (args.length > 0) throw new SecretError("invalid_argument", `--${name}-arg goes with --${name}`)
  return null
}

type Carriage = { connect: string } | { host: string; port: number; tls?: { cert: string; key: string } }

const carriageOf = ({ options }: Call): Carriage => {
  const [connect, listen, cert, key] = ["connect", "listen", "tls-cert", "tls-key"].map((name) => options.text(name))
  if (connect !== undefined && (listen ?? cert ?? key) !== undefined) throw new SecretError("invalid_argument", "--connect excludes --listen and its certificate")
  if (connect === undefined) return { ...placeOf(listen ?? LISTEN), ...tlsOf(cert, key) }
  assertServerUrl(connect)
  return { connect }
}

/** `HOST:PORT`, an IPv6 address in brackets. */
const placeOf = (text: string): { host: string; port: number } => {
  const [, address, name, port = ""] = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text) ?? []
  const host = address ?? name
  if (host === undefined || Number(port) > 65_535) throw new SecretError("invalid_argument", "--listen takes HOST:PORT, such as 127.0.0.1:7767")
  return { host, port: Number(port) }
}

const tlsOf = (cert: string | undefined, key: string | undefined): { tls?: { cert: string; key: string } } => {
  if (cert === undefined && key === undefined) return {}
  if (cert === undefined || key === undefined) throw new SecretError("invalid_argument", "--tls-cert and --tls-key go together")
  return { tls: { cert: pem(cert), key: pem(key) } }
}

const pem = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    throw new SecretError("invalid_argument", `${path} cannot be read`, { cause })
  }
}

interface Start {
  carriage: Carriage
  signal: AbortSignal
}

/** @returns ends it */
const start = async ({ screen }: Call, running: Daemon, { carriage, signal }: Start): Promise<() => Promise<void>> => {
  if ("connect" in carriage) {
    const done = connectOut(running, { url: carriage.connect, signal, onState: (code) => screen.note(code === null ? `Connected to ${carriage.connect}` : `Not connected to ${carriage.connect}: ${code}; trying again`) })
    if (screen.isJson) screen.json({ sandboxId: running.sandboxId, connect: carriage.connect })
    else screen.write(`Calling in to ${carriage.connect}\n`) // whose first answer may take as long as a call is held
    return () => done
  }
  const listening = await listenAsDaemon(running, carriage)
  const url = `${carriage.tls === undefined ? "http" : "https"}://${listening.host.includes(":") ? `[${listening.host}]` : listening.host}:${listening.port}`
  if (screen.isJson) screen.json({ sandboxId: running.sandboxId, url })
  else screen.write(`Waiting for the store at ${url}\n`)
  return () => listening.close()
}

const noteText = (note: DaemonNote): string => {
  switch (note.what) {
    case "applied":
      return `Applied generation ${note.generation}: ${changesText(note)}${note.restarted ? "; app restarted" : ""}`
    case "refused":
      return `Refused generation ${note.generation}: ${note.code}`
    case "lease_ended":
      return `The lease is over: ${note.removed.length === 0 ? "nothing was held" : `deleted ${note.removed.join(", ")}`}`
    case "command":
      return `Ran a command: exit code ${note.exitCode ?? "none"}`
  }
}

const changesText = ({ added, updated, removed }: { added: string[]; updated: string[]; removed: string[] }): string => {
  const parts = [["added", added], ["updated", updated], ["removed", removed]] as const
  return parts.filter(([, keys]) => keys.length > 0).map(([what, keys]) => `${what} ${keys.join(", ")}`).join("; ") || "nothing changed"
}
