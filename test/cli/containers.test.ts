import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { bringPackages } from "../debian-package.ts"
import { openSotto, type Ran } from "./sotto.ts"

const VALUE = "s3cr3t-VALUE-9"
const APPLETS = ["sh", "cat", "echo", "env", "id", "ls", "sleep", "stat", "touch", "grep", "tr", "wc", "true"]

/** A sentence where containers cannot run; the argument lists of src/runner/jobs/containers.test.ts are tested everywhere. */
const missingEngine = (): string | null => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "these tests run podman as root on Linux"
  return bringPackages("podman", ["podman", "runc", "busybox-static"]) ?? bringPackages("runc", ["runc"]) ?? bringPackages("busybox", ["busybox-static"])
}

const sotto = await openSotto()
const storage = join(sotto.folder, "containers")
const podman = (...args: string[]) => spawnSync("podman", args, { env: { ...process.env, ...sotto.env }, encoding: "utf8", timeout: 60_000 })

/** Storage and settings of this test's own: nothing of the machine's is touched, and there is no network. */
const settingsOf = (folder: string): Record<string, string> => {
  mkdirSync(folder)
  writeFileSync(join(folder, "containers.conf"), '[containers]\nnetns = "none"\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\nevents_logger = "file"\n')
  writeFileSync(join(folder, "storage.conf"), `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`)
  return { CONTAINERS_CONF: join(folder, "containers.conf"), CONTAINERS_STORAGE_CONF: join(folder, "storage.conf"), SOTTO_CONTAINER_ENGINE: "podman" }
}

const makeImage = (name: string, ...changes: string[]): void => {
  const root = join(sotto.folder, "image")
  if (!existsSync(root)) {
    for (const folder of ["bin", "tmp", "run", "workspace"]) mkdirSync(join(root, folder), { recursive: true })
    copyFileSync(spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim(), join(root, "bin/busybox"))
    for (const applet of APPLETS) symlinkSync("busybox", join(root, "bin", applet))
    spawnSync("tar", ["-C", root, "-cf", join(sotto.folder, "image.tar"), "."])
  }
  const { status, stderr } = podman("import", ...changes.flatMap((change) => ["--change", change]), join(sotto.folder, "image.tar"), name)
  if (status !== 0) throw new Error(`the image could not be made: ${stderr}`)
}

/** @returns null, or why containers cannot run here */
const prepare = (): string | null => {
  Object.assign(sotto.env, settingsOf(storage), { SOTTO_TRUST: "1", XDG_RUNTIME_DIR: sotto.folder })
  const absent = missingEngine()
  if (absent !== null) return absent
  makeImage("plain")
  makeImage("unprivileged", "USER=1234", "ENV=GONE=of-the-image")
  const { status, stderr } = podman("run", "--rm", "plain", "true")
  return status === 0 ? null : `podman cannot run a container here: ${stderr.trim().split("\n").at(-1)}`
}

const missing = prepare()
if (missing !== null) process.stderr.write(`Jobs in containers are not run here, only the arguments of engines are tested: ${missing}\n`)

afterAll(async () => {
  if (missing === null) podman("rm", "--all", "--force", "--time", "0")
  await sotto.close()
})
afterEach(() => rmSync(join(sotto.folder, "work/.sotto"), { recursive: true, force: true }))

const write = (jobs: string): void => {
  mkdirSync(join(sotto.folder, "work/.sotto"), { recursive: true })
  writeFileSync(join(sotto.folder, "work/.sotto/jobs.yml"), `version: v1\nstages: [one]\ndefault: { target: linux, image: plain }\n${jobs}`)
}

const runJobs = (jobs: string, env: Record<string, string> = { X: VALUE }): Promise<Ran> => {
  write(jobs)
  return sotto.run(["jobs", "run", "--stream"], { env })
}

const job = (lines: readonly string[], secrets: string, more = ""): string => `job: { stage: one, ${more}script: [${lines.map((line) => JSON.stringify(line)).join(", ")}], secrets: ${secrets} }\n`
const lines = ({ stdout }: Ran): string[] => stdout.replaceAll("job | ", "").trimEnd().split("\n")
const filesBelow = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)).filter((path) => { try { return statSync(path).isFile() } catch { return false } })
const holds = (path: string, text: string): boolean => readFileSync(path).includes(text)

// Where containers cannot run, the sentence above says why.
describe.skipIf(missing !== null)("jobs in containers", { timeout: 120_000 }, () => {
  it("loom D7: a file is mounted read-only outside the workspace, holds the value, and belongs to who runs", async () => {
    const ran = await runJobs(job(['echo "$T"', 'test "$(cat "$T")" = s3cr3t-VALUE-9 && echo same', 'echo x 2>/dev/null > "$T" || echo read-only', "cat $T", "id -u"], "{ T: { ref: env://X } }"))
    expect([ran.code, lines(ran)]).toEqual([0, ["/run/sotto/secrets/T", "same", "read-only", "[REDACTED:SECRET_T]", "0"]])
  })

  it("loom D8: a value stands in no argument on this machine and in none of the engine's records", async () => {
    write(job(['test "$T" = s3cr3t-VALUE-9 && echo same', "echo ready; sleep 30"], "{ T: { ref: env://X, file: false } }"))
    const child = sotto.start(["jobs", "run", "--stream"], { env: { X: VALUE } })
    const ended = once(child, "exit")
    let said = ""
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) if ((said += chunk.toString()).includes("ready")) break
    expect(said).toContain("job | same\n")
    const commands = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((pid) => { try { return holds(`/proc/${pid}/cmdline`, VALUE) } catch { return false } })
    const [name = ""] = podman("ps", "--format", "{{.Names}}").stdout.trim().split("\n")
    expect([commands, name.startsWith("sotto-job-"), podman("inspect", name).stdout.includes(VALUE)]).toEqual([[], true, false])
    expect(filesBelow(storage).filter((path) => holds(path, VALUE))).toEqual([])
    child.kill("SIGINT")
    expect(await ended).toEqual([130, null])
    expect(podman("ps", "--all", "--quiet").stdout).toBe("")
  })

  it("loom D9: a file can be read in an image with a user of its own; what may be missing is unset though the image has it", async () => {
    const ran = await runJobs(job(['cat "$T" | wc -c', 'echo "[${GONE-unset}]"', "stat -c %a $T"], "{ T: { ref: env://X }, GONE: { ref: env://NOBODY, required: false } }", "image: unprivileged, "))
    expect([ran.code, lines(ran)]).toEqual([0, ["14", "[unset]", "600"]])
  })

  it("nothing of this machine's environment is there, and what is told of the job is", async () => {
    const ran = await runJobs(job(['env | grep -c -e "^X=" -e "^HOST_SIDE=" -e SOTTO_TRUST; echo "$A $SOTTO_PROVIDER $SOTTO_JOB_IMAGE $CI_PROJECT_DIR"; ls -d /workspace'], "{ T: { ref: env://X } }", "variables: { A: b }, "), { X: VALUE, HOST_SIDE: "1" })
    expect(lines(ran)).toEqual(["0", "b docker plain /workspace", "/workspace"])
  })

  it("steps share a container and its workspace; a step that fails ends the job, and the container is gone", async () => {
    const ran = await runJobs(job(["touch /tmp/left /workspace/here", "ls /tmp/left here", "exit 5", "echo never"], "{}"))
    expect([ran.code, lines(ran)]).toEqual([1, ["/tmp/left", "here"]])
    expect(ran.stderr).toContain("step 3 ended with 5")
    expect([podman("ps", "--all", "--quiet").stdout, existsSync(join(sotto.folder, "work/here"))]).toEqual(["", false])
  })

  it("an image that is not there is told of, and leaves nothing", async () => {
    const ran = await runJobs(job(["true"], "{ T: { ref: env://X } }", "image: localhost/nowhere, "))
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain("the container could not be started")
    expect(readdirSync(join(sotto.folder, "sotto-0"))).toEqual([])
  })

  it("what all of this left in the engine's storage holds no value", async () => {
    expect(filesBelow(storage).length).toBeGreaterThan(5)
    expect(filesBelow(storage).filter((path) => holds(path, VALUE))).toEqual([])
  })
})
