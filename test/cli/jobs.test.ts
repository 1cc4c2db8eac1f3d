import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { openSotto, type Ran, type Sotto } from "./sotto.ts"

const VALUE = "s3cr3t-VALUE-9"
const OTHER = 'quo"te\\back of $HOME'

let sotto: Sotto
let work = ""
let place = ""
let temporary = ""
beforeAll(async () => {
  sotto = await openSotto()
  work = join(sotto.folder, "work")
  place = join(sotto.folder, "run")
  mkdirSync(place, { mode: 0o700 })
  await sotto.run(["set", "T", "-w", "acme", "--stdin"], { input: VALUE })
})
afterAll(() => sotto.close())
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "sotto-jobs-tmp-"))
  Object.assign(sotto.env, { XDG_RUNTIME_DIR: place, TMPDIR: temporary, SOTTO_TRUST: "1" })
})
afterEach(() => {
  rmSync(join(work, ".sotto"), { recursive: true, force: true })
  rmSync(temporary, { recursive: true, force: true })
})

const write = (name: string, content: string): void => {
  mkdirSync(dirname(join(work, name)), { recursive: true })
  writeFileSync(join(work, name), content)
}

const FRAME = "version: v1\nstages: [one, two]\ndefault: { target: linux }\n"

/** Runs a job file. Lines of jobs are indented by two already. */
const runJobs = (jobs: string, env: Record<string, string> = {}, args: string[] = []): Promise<Ran> => {
  write(".sotto/jobs.yml", FRAME + jobs)
  return sotto.run(["jobs", "run", ...args], { env })
}

/** Secret folders and workspaces that are still there. */
const left = (): string[] => {
  const uid = String(process.getuid?.() ?? 0)
  return [join(place, `sotto-${uid}`), join(temporary, `sotto-${uid}`)].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))
}

const filesBelow = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : []).map((name) => join(folder, name)).filter((path) => statSync(path).isFile())

const runs = (): string => join(work, ".sotto/runs")
const textOf = (path: string): string => readFileSync(path, "utf8")
const documentOf = (path: string): Record<string, unknown> => JSON.parse(textOf(path)) as Record<string, unknown>
const receipt = (): Record<string, unknown> => documentOf(join(runs(), "receipts", readdirSync(join(runs(), "receipts")).toSorted().at(-1) ?? ""))
const log = (name: string): string => join(String(receipt().logs_dir), name)
const eventsOf = (name: string): Record<string, unknown>[] => textOf(log(name)).trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>)

/** Nothing of the values in what the run left and printed. */
const expectNoValue = ({ stdout, stderr }: Ran, values: readonly string[] = [VALUE]): void => {
  const all = [stdout, stderr, ...filesBelow(runs()).map(textOf)]
  expect(all.length).toBeGreaterThan(5)
  for (const value of values) for (const form of [value, JSON.stringify(value).slice(1, -1), btoa(value)]) expect(all.filter((text) => text.includes(form))).toEqual([])
}

const JOB = (script: string, secrets = "{ T: { ref: env://X } }"): string => `job: { stage: one, script: [${JSON.stringify(script)}], secrets: ${secrets} }\n`

describe("sotto jobs run", () => {
  it("loom C1, D1, E1, E18: gives a job its secret in a file of 600, masks it everywhere, and leaves a whole receipt", async () => {
    const ran = await runJobs(JOB('stat -c %a "$T"; cat "$T"; echo "$T"; pwd'), { X: VALUE }, ["--stream"])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain("job | 600\njob | [REDACTED:SECRET_T]")
    expectNoValue(ran)
    expect(left()).toEqual([])
    const whole = receipt()
    expect(whole).toMatchObject({
      schema_version: "sotto.runs.v1", kind: "sotto-jobs-run", command: ["sotto", "jobs", "run", "--stream"], repo_root: work, workflow_path: join(work, ".sotto/jobs.yml"),
      status: "success", exit_code: 0, provider_calls: { env: 0 }, redactions: [{ name: "T", variant: "exact", count: 1 }],
      executor_receipt: { jobs: [{ job_id: "job", status: "success", redactions: 1, secrets_given: ["T"], steps: [{ exit_code: 0 }] }] },
    })
    for (const pointer of ["logs_dir", "events_jsonl_path", "phase_report_path"]) expect(existsSync(String(whole[pointer]))).toBe(true)
    expect(JSON.stringify(whole.graph_ir)).toContain("env://X")
    expect(JSON.stringify(whole.executor_receipt)).toContain("[REDACTED:SECRET_T]")
    expect(statSync(runs()).mode & 0o777).toBe(0o700)
    expect(filesBelow(runs()).filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([])
    expect(textOf(join(runs(), ".gitignore"))).toBe("*\n")
  })

  it("loom C2, C16: starts no step and leaves no file when a secret is missing, and names every one", async () => {
    const ran = await runJobs(JOB("echo started", "{ A: { ref: env://X }, B: { ref: env://NONE }, C: { ref: 'sotto://acme/NONE' } }"), { X: VALUE }, ["--stream"])
    expect([ran.code, ran.stdout]).toEqual([1, ""])
    expect(ran.stderr).toContain("SECRETS_REQUIRED_MISSING")
    expect(ran.stderr).toContain("no value for B (env: unset), C (sotto: entry_missing)")
    expect(receipt()).toMatchObject({ status: "failure", exit_code: 1, executor_receipt: { jobs: [{ status: "failed", error_code: "SECRETS_REQUIRED_MISSING", failing_section: "provider", steps: [] }] } })
    expect(documentOf(log("jobs/job/manifest.json"))).toMatchObject({ failing_section: "provider", error_code: "SECRETS_REQUIRED_MISSING" })
    expect(documentOf(log("pipeline/manifest.json"))).toMatchObject({ failing_job_id: "job", failing_job_manifest_path: log("jobs/job/manifest.json") })
    expect(left()).toEqual([])
    expectNoValue(ran)
  })

  it("loom C3, D11: runs without a secret that may be missing, unset though this process has a variable of that name, and warns", async () => {
    const ran = await runJobs(JOB('echo "[${T+set}]"', "{ T: { ref: env://X, required: false } }"), { T: "old" }, ["--stream"])
    expect([ran.code, ran.stdout]).toEqual([0, "job | []\n"])
    expect(ran.stderr).toContain("job: T has no value (unset); the job runs without it")
    expect(eventsOf("jobs/job/system/provider/events.jsonl")).toMatchObject([{ type: "secret.resolve", status: "skipped", error_code: "SECRETS_REQUIRED_MISSING", reason: "unset", secret_name: "T", provider_scheme: "env", required: false }])
  })

  it("loom E14: an event of a secret that fails holds code, scheme and name, and no reference, value or length", async () => {
    await runJobs(JOB("true", "{ T: { ref: 'sotto://acme/VERY_LONG_NAME' } }"))
    const [event] = eventsOf("jobs/job/system/provider/events.jsonl")
    expect(event).toMatchObject({ error_code: "SECRETS_REF_NOT_FOUND", reason: "entry_missing", secret_name: "T", provider_scheme: "sotto", injection: "file" })
    expect(JSON.stringify(event)).not.toContain("VERY_LONG_NAME")
  })

  it("loom C17: gives a job nothing of another's, and asks for its own alone", async () => {
    const ran = await runJobs(`${JOB("true", "{ S: { ref: 'sotto://acme/T' } }")}other: { stage: one, script: ['echo "[\${S+set}]"'] }\n`, {}, ["--stream", "--job", "other"])
    expect([ran.code, ran.stdout]).toEqual([0, "other | []\n"])
    expect(receipt().provider_calls).toEqual({})
  })

  it.each<[string, Record<string, string>, string]>([
    ["loom C18: the environment's", { CI_DEBUG_TRACE: "true" }, ""],
    ["loom C20: Loom's own", { LOOM_DEBUG_TRACE: "1" }, ""],
    ["loom C20: the job's own", {}, 'variables: { CI_DEBUG_TRACE: "true" }, '],
  ])("%s debug trace stops a job with a value in its environment, before anybody is asked", async (_what, env, variables) => {
    const ran = await runJobs(`job: { stage: one, script: [echo started], ${variables}secrets: { T: { ref: 'sotto://acme/T', file: false } } }\n`, env, ["--stream"])
    expect([ran.code, ran.stdout]).toEqual([1, ""])
    expect(ran.stderr).toContain("SECRETS_UNSAFE_DEBUG_TRACE")
    expect(receipt().provider_calls).toEqual({})
  })

  it("loom C19: a trace shows the path of a file and nothing of it", async () => {
    const ran = await runJobs(JOB('set -x; cat "$T" > /dev/null; : "$T"'), { X: VALUE, CI_DEBUG_TRACE: "true" }, ["--stream"])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/cat .*\/T/)
    expectNoValue(ran)
  })

  it("loom C21: runs nothing behind a job that failed, closes every phase, and leaves a receipt", async () => {
    const ran = await runJobs(`${JOB("true")}later: { stage: two, script: [echo later] }\nbeside: { stage: two, needs: [], script: [echo beside] }\n`, {}, ["--stream"])
    expect([ran.code, ran.stdout]).toEqual([1, "beside | beside\n"])
    expect(ran.stderr).toContain("later (two) skipped")
    expect(eventsOf("pipeline/events.jsonl").map(({ type, status }) => [type, status])).toEqual([["phase.started", undefined], ["phase.finished", "failed"]])
    expect(eventsOf("jobs/job/events.jsonl").map(({ phase_code: code, type }) => `${String(code)} ${String(type)}`)).toContain("job.cleanup phase.finished")
    expect(receipt()).toMatchObject({ executor_receipt: { jobs: [{ job_id: "job", status: "failed" }, { job_id: "later", status: "skipped" }, { job_id: "beside", status: "success" }] } })
  })

  it("loom D3, D6: the file holds the exact bytes, in a folder of 700 that is neither in the workspace nor in the repository", async () => {
    const value = " two\nlines\n\n"
    const ran = await runJobs(JOB('sha256sum < "$T"; stat -c %a "$(dirname "$T")"; echo "path $T"; echo "here $PWD"'), { X: value }, ["--stream"])
    const expected = spawnSync("sha256sum", { input: value, encoding: "utf8" }).stdout.trim()
    expect(ran.stdout).toContain(`job | ${expected}\njob | 700\n`)
    const [, path = ""] = /path (\S+)/.exec(ran.stdout) ?? []
    const [, here = ""] = /here (\S+)/.exec(ran.stdout) ?? []
    expect([path.startsWith(place), path.startsWith(work), path.startsWith(here), here.startsWith(work)]).toEqual([true, false, false, false])
  })

  it("loom D10, D12: sources, credentials and tokens are in no job's environment, and a file's value in none", async () => {
    const env = { X: VALUE, OP_SERVICE_ACCOUNT_TOKEN: "ops_a_token_of_1password", SOTTO_ADMIN_TOKEN: "an-admin-token-of-some-length" }
    const look = 'env | grep -c -e "^X=" -e OP_SERVICE -e SOTTO_ADMIN; tr "\\0" "\\n" < /proc/self/environ | grep -c VALUE-9; true'
    const ran = await runJobs(`${JOB(look)}other: { stage: two, script: [${JSON.stringify(look)}] }\n`, env, ["--stream"])
    expect(ran.stdout).toBe("job | 0\njob | 0\nother | 0\nother | 0\n")
  })

  it("loom E2: what a job says before it fails is masked, in its error and its receipt as well", async () => {
    const ran = await runJobs(JOB('cat "$T" >&2; exit 7'), { X: VALUE })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain("  | [REDACTED:SECRET_T]\n  step 1 ended with 7\n")
    expect(documentOf(log("jobs/job/manifest.json"))).toMatchObject({ failing_section: "execution", failing_step_events_path: log("jobs/job/user/execution/script/01/events.jsonl") })
    expectNoValue(ran)
  })

  it("loom E10: a value with quotes and backslashes stands in no line of JSON, neither raw nor escaped", async () => {
    const ran = await runJobs(JOB('cat "$T"; printf "%s" "$(cat "$T")" | sed "s/\\"/\\\\\\\\\\"/g"', "{ T: { ref: env://X } }"), { X: OTHER }, ["--stream", "--json"])
    expect(ran.code).toBe(0)
    expectNoValue(ran, [OTHER])
    expect(ran.stdout.trimEnd().split("\n").map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(["run.started", "job.started", "step.started", "output", "step.finished", "job.finished", "run.finished"])
  })

  it("loom E15: what a job left in a file is masked when a later one prints it", async () => {
    const shared = join(temporary, "shared")
    const ran = await runJobs(`${JOB(`cat "$T" > ${shared}`)}later: { stage: two, script: [cat ${shared}] }\n`, { X: VALUE }, ["--stream"])
    expect(ran.stdout).toBe("later | [REDACTED:SECRET_T]\n")
    expectNoValue(ran)
  })

  it("loom E16: a value on the command line stands in no receipt", async () => {
    write("copy.yml", FRAME + JOB("true"))
    const ran = await sotto.run(["jobs", "run", "--file", "copy.yml", "--allow", "env://*", "--allow", VALUE], { env: { X: VALUE } })
    rmSync(join(work, "copy.yml"))
    expect(ran.code).toBe(0)
    expect(receipt().command).toContain("[REDACTED:SECRET_T]")
    expectNoValue(ran)
  })

  it("loom E17: there are no artifacts that could hold a value: the key is refused by name", async () => {
    const ran = await runJobs(JOB("true").replace("stage: one", "stage: one, artifacts: { paths: [x] }"), { X: VALUE })
    expect([ran.code, existsSync(runs())]).toEqual([12, false])
    expect(ran.stderr).toContain("remove artifacts: Sotto is no CI system")
  })

  it("--fail-on-leak exits with 13 where something was masked, and with 0 where nothing was", async () => {
    expect((await runJobs(JOB('cat "$T"'), { X: VALUE }, ["--fail-on-leak"])).code).toBe(13)
    expect((await runJobs(JOB("true"), { X: VALUE }, ["--fail-on-leak"])).code).toBe(0)
  })

  it("--dry-run says what would be asked and run, asks nobody and leaves nothing", async () => {
    const ran = await runJobs(JOB("echo started"), {}, ["--dry-run"])
    expect([ran.code, ran.stdout, existsSync(runs())]).toEqual([0, "job (one, on this machine)\n  T in a file: env://X\n  $ echo started\n", false])
  })

  it("nothing is resolved before somebody trusts the file as it is, with what it includes", async () => {
    delete sotto.env.SOTTO_TRUST
    write(".sotto/templates/a.yml", ".a: { secrets: { T: { ref: env://X } } }\n")
    const jobs = "include: [{ local: .sotto/templates/a.yml }]\njob: { extends: .a, stage: one, script: [echo started] }\n"
    expect((await runJobs(jobs, { X: VALUE })).code).toBe(11)
    const trusted = await sotto.run(["trust", "--yes"])
    expect([trusted.stdout, trusted.stderr]).toEqual([".sotto/jobs.yml is trusted as it is now.\n", "job (one, on this machine)\n  T in a file: env://X\n  $ echo started\n"])
    expect((await runJobs(jobs, { X: VALUE })).code).toBe(0)
    write(".sotto/templates/a.yml", ".a: { secrets: { T: { ref: env://HOME } } }\n")
    expect((await runJobs(jobs, { X: VALUE })).code).toBe(11)
    expect((await runJobs(jobs, { X: VALUE }, ["--trust", "--allow", "op://*"])).stderr).toContain("no pattern of --allow")
    expect((await sotto.run(["trust", "--revoke"])).stdout).toBe(".sotto/jobs.yml is no longer trusted.\n")
  })

  it("a script cannot steer the terminal of whoever looks at it", async () => {
    const ran = await runJobs('job: { stage: one, script: ["echo \\u001b[2J\\u202e"] }\n', {}, ["--dry-run"])
    expect(ran.stdout).toContain("echo \\u{1b}[2J\\u{202e}")
  })

  it("runs jobs of a stage side by side", async () => {
    const meet = (own: string, other: string): string => `touch ${temporary}/${own}; until [ -e ${temporary}/${other} ]; do sleep 0.05; done`
    const ran = await runJobs(`a: { stage: one, script: ["${meet("a", "b")}"] }\nb: { stage: one, script: ["${meet("b", "a")}"] }\n`)
    expect(ran.code).toBe(0)
  }, 20_000)

  it("loom A1, A2, A16: check says on stderr whether a file is right, and compile prints it without a value", async () => {
    write(".sotto/jobs.yml", FRAME + JOB("true"))
    expect(await sotto.run(["jobs", "check"])).toEqual({ code: 0, stdout: "", stderr: expect.stringMatching(/^receipt: \.sotto\/runs\/receipts\/\d+-check-\d+\.json\njobs check passed\n$/) })
    expect(receipt()).toMatchObject({ kind: "sotto-jobs-check", status: "success", exit_code: 0, workflow_schema_v1: { workflow_path: join(work, ".sotto/jobs.yml"), valid: true, errors: [] } })
    const compiled = await sotto.run(["jobs", "compile"], { env: { X: VALUE } })
    expect([compiled.code, compiled.stdout.includes("env://X"), compiled.stdout.includes(VALUE)]).toEqual([0, true, false])
    write(".sotto/jobs.yml", `${FRAME.replace("target: linux", "target: linux, secrets: {}")}${JOB("true")}`)
    const failed = await sotto.run(["jobs", "check"])
    expect([failed.code, failed.stdout]).toEqual([1, ""])
    expect(failed.stderr).toMatch(/^SCHEMA_V1 \/default\/secrets: move secrets to a job; default\.secrets is not allowed \(\.sotto\/jobs\.yml:3\)\nreceipt: .*\njobs check failed: 1 fault\n$/)
    expect(receipt()).toMatchObject({ status: "failure", exit_code: 1, workflow_schema_v1: { valid: false, errors: [expect.stringContaining("/default/secrets")] } })
    expect(JSON.parse((await sotto.run(["jobs", "check", "--json"])).stdout)).toMatchObject({ file: ".sotto/jobs.yml", valid: false, errors: [expect.stringContaining("SCHEMA_V1")], warnings: [] })
  })

  it("a job's secrets serve sotto run and sotto secrets check as well, files as files", async () => {
    write(".sotto/jobs.yml", FRAME + JOB("true", "{ T: { ref: env://X }, U: { ref: env://X, file: false } }"))
    const ran = await sotto.run(["run", "--job", "job", "--", "sh", "-c", 'cat "$T"; echo; echo "$U"; test -f "$T" && echo file'], { env: { X: VALUE } })
    expect(ran.stdout).toBe("[REDACTED:SECRET_T]\n[REDACTED:SECRET_T]\nfile\n")
    const checked = await sotto.run(["secrets", "check", "--job", "job"], { env: { X: VALUE } })
    expect(checked.stdout).toContain("T     env       resolved")
    expect((await sotto.run(["run", "--job", "nobody", "--", "true"])).stderr).toContain("Its jobs are: job")
  })
})

describe("the workspace of a job", () => {
  it("is a copy without history, records and databases of secrets; links inside stay, links outside are left out", async () => {
    for (const [name, content] of [["a.txt", "a"], ["sub/run.sh", "#!/bin/sh\necho ran\n"], [".sotto/keepass/x.kdbx", "x"], [".git/config", "x"]] as const) write(name, content)
    chmodSync(join(work, "sub/run.sh"), 0o755)
    for (const [name, target] of [["inside", "a.txt"], ["outside", "/etc/hostname"], ["above", "../../x"]] as const) if (!existsSync(join(work, name))) symlinkSync(target, join(work, name))
    const ran = await runJobs("job: { stage: one, script: ['find . | sort; sub/run.sh; echo new > a.txt; cat inside'] }\n", {}, ["--stream"])
    rmSync(join(work, ".git"), { recursive: true })
    expect(ran.stdout.replaceAll("job | ", "").split("\n")).toEqual([".", "./.sotto", "./.sotto/jobs.yml", "./a.txt", "./inside", "./sub", "./sub/run.sh", "ran", "new", ""])
    expect(textOf(join(work, "a.txt"))).toBe("a")
    expect(eventsOf("jobs/job/system/workspace/events.jsonl")).toMatchObject([{ type: "workspace.copied", links_left_out: ["above", "outside"].toSorted() }])
    expect(left()).toEqual([])
  })

  it("holds what git knows or would take up, where there is git", async () => {
    const git = (...args: string[]) => spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: work })
    write(".gitignore", "ignored\n")
    write("ignored", "x")
    write("new", "x")
    git("init", "-q", "-b", "trunk")
    git("add", "a.txt", ".gitignore")
    git("commit", "-qm", "first")
    const ran = await runJobs('job: { stage: one, script: [\'ls -A; echo "$CI_COMMIT_BRANCH ${#CI_COMMIT_SHORT_SHA} $SOTTO_JOB_NAME $LOOM_JOB_STAGE $CI_JOB_ID $SOTTO_CI $SOTTO_PROVIDER [${SOTTO_JOB_IMAGE-}]"; test "$SOTTO_PROJECT_DIR" = "$PWD"\'] }\n', {}, ["--stream"])
    rmSync(join(work, ".git"), { recursive: true })
    expect(ran.code).toBe(0)
    const lines = ran.stdout.replaceAll("job | ", "").split("\n")
    expect(lines).toContain("new")
    expect(lines).not.toContain("ignored")
    expect(lines.at(-2)).toBe("trunk 7 job one job true host []")
  })
})

describe("when things go wrong", () => {
  const SLOW = 'job: { stage: one, script: ["echo $$ > $PIDS; echo ready; sleep 60 & wait"], secrets: { T: { ref: env://X } } }\nlater: { stage: two, script: [echo later] }\n'

  const started = async (jobs: string, args: string[] = ["--stream"]) => {
    write(".sotto/jobs.yml", FRAME + jobs)
    const child = sotto.start(["jobs", "run", ...args], { env: { X: VALUE, PIDS: join(temporary, "pid") } })
    const ended = once(child, "exit")
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) if (chunk.includes("ready")) break
    return { child, ended, pid: Number(textOf(join(temporary, "pid"))) }
  }

  const isRunning = (pid: number): boolean => {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  }

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("loom D5: %s ends children, removes files, and leaves a receipt", async (signal) => {
    const { child, ended, pid } = await started(SLOW)
    expect(left().length).toBe(2)
    child.kill(signal)
    expect(await ended).toEqual([130, null])
    expect([left(), isRunning(pid)]).toEqual([[], false])
    expect(receipt()).toMatchObject({ status: "failure", executor_receipt: { jobs: [{ status: "canceled" }, { status: "skipped" }] } })
  }, 20_000)

  it("a child that ignores SIGTERM is killed", async () => {
    const { child, ended, pid } = await started(SLOW.replace("echo ready", "trap '' TERM INT HUP; echo ready"))
    child.kill("SIGTERM")
    expect(await ended).toEqual([130, null])
    expect([left(), isRunning(pid)]).toEqual([[], false])
  }, 30_000)

  it("what kill -9 of a run leaves behind, the next start removes; its log can be read", async () => {
    const { child, ended, pid } = await started(SLOW)
    child.kill("SIGKILL")
    await ended
    process.kill(-pid, "SIGKILL")
    expect(left().length).toBe(2)
    const [events = ""] = filesBelow(runs()).filter((path) => path.endsWith("script/01/events.jsonl"))
    expect(textOf(events).trimEnd().split("\n").map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(["ready"])
    expect((await runJobs("job: { stage: one, script: ['true'] }\n")).code).toBe(0)
    expect(left()).toEqual([])
  }, 20_000)

  it("a hundred megabytes on one line pass in bounded memory, and the log says where it was cut", async () => {
    const big = "head -c 100000000 /dev/zero | tr '\\\\0' x; cat \\\"$T\\\""
    write(".sotto/jobs.yml", `${FRAME}job: { stage: one, script: ["${big}"], secrets: { T: { ref: env://X } } }\n`)
    const ran = spawnSync("sh", ["-c", `ulimit -v 8000000; exec '${process.execPath}' --max-old-space-size=128 '${sotto.main}' jobs run`], { cwd: work, env: { ...sotto.env, X: VALUE }, encoding: "utf8" })
    expect([ran.status, ran.stderr.includes("T was masked 1 time")]).toEqual([0, true])
    const events = log("jobs/job/user/execution/script/01/events.jsonl")
    expect(statSync(events).size).toBeLessThan(80_000_000)
    expect(textOf(events).trimEnd().split("\n").at(-1)).toContain("output.cut")
  }, 60_000)

  it("a provider that hangs does not keep a run for ever from being stopped", async () => {
    write("hang.cjs", 'exports.provider = { scheme: "hang", parse: (text) => text, open: () => { require("fs").writeFileSync(process.env.PIDS, "opened"); return new Promise(() => setInterval(() => {}, 1000)) } }\n')
    mkdirSync(join(sotto.folder, "home/.sotto"), { recursive: true })
    writeFileSync(join(sotto.folder, "home/.sotto/config.yml"), `providers: { modules: { hang: ${join(work, "hang.cjs")} } }\n`, { mode: 0o600 })
    write(".sotto/jobs.yml", FRAME + JOB("true", "{ T: { ref: 'hang://x' } }"))
    const opened = join(temporary, "opened")
    const child = sotto.start(["jobs", "run", "--json"], { env: { PIDS: opened } })
    const ended = once(child, "exit")
    const deadline = Date.now() + 10_000
    while (!existsSync(opened) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill("SIGINT")
    expect(await ended).toEqual([130, null])
    rmSync(join(sotto.folder, "home/.sotto/config.yml"))
    expect(left()).toEqual([])
  }, 20_000)

  it("records that cannot be written stop no job half-way, leave no secret, and are told of", async () => {
    write(".sotto/jobs.yml", FRAME + JOB('cat "$T"'))
    // a limit on the size of files stands in for a full disk: writes fail in the same place
    const ran = spawnSync("sh", ["-c", `ulimit -f 1; trap '' XFSZ; exec '${process.execPath}' '${sotto.main}' jobs run --stream`], { cwd: work, env: { ...sotto.env, X: VALUE }, encoding: "utf8" })
    expect([ran.status, left()]).toEqual([9, []])
    expect(ran.stderr).toContain("the records of the run could not be written: EFBIG")
    expect(ran.stdout + ran.stderr).not.toContain(VALUE)
  })
})
