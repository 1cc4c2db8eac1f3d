import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { findEngine, removeArguments, startArguments, stepArguments, type ContainerEngine } from "./containers.ts"

const engine = (kind: "docker" | "podman", uid = 1000): ContainerEngine => ({ file: `/bin/${kind}`, kind, uid, gid: uid })
const order = { name: "sotto-job-1", image: "alpine:3.22", workspace: "/tmp/w", files: { T: "/dev/shm/s/T", U: "/dev/shm/s/U" }, variables: { A: "x", T: "/run/sotto/secrets/T" } }

describe("the arguments of a container engine", () => {
  it("loom D7: bind every secret's file read-only outside the workspace, and nothing of the host's environment", () => {
    expect(startArguments(engine("docker"), order)).toEqual([
      "run", "--detach", "--rm", "--name", "sotto-job-1", "--user", "1000:1000", "--workdir", "/workspace",
      "--mount", "type=bind,source=/tmp/w,target=/workspace",
      "--mount", "type=bind,source=/dev/shm/s/T,target=/run/sotto/secrets/T,readonly",
      "--mount", "type=bind,source=/dev/shm/s/U,target=/run/sotto/secrets/U,readonly",
      "--env", "A=x", "--env", "T=/run/sotto/secrets/T",
      "--entrypoint", "sh", "alpine:3.22", "-c", expect.stringContaining("sleep"),
    ])
  })

  it.each<[ContainerEngine, string[]]>([
    [engine("docker", 0), ["--user", "0:0"]],
    [engine("podman", 0), ["--user", "0:0"]],
    [engine("podman"), ["--userns", "keep-id", "--user", "1000:1000"]],
  ])("loom D9: are run as the caller, who can read files of 600: %o", (each, user) => {
    expect(startArguments(each, order).join(" ")).toContain(user.join(" "))
  })

  it("loom D8: hold no value: a step reads it from its file, line breaks at its end included, and what must not be there is taken away", () => {
    const [, , , , , , script = ""] = stepArguments("c", { direct: ["V"], unset: ["GONE"], script: 'printf "[%s]" "$V${GONE-}"' })
    const folder = mkdtempSync(join(tmpdir(), "sotto-step-"))
    writeFileSync(join(folder, "V"), "two\nlines\n\n")
    const { stdout } = spawnSync("sh", ["-c", script.replaceAll("/run/sotto/secrets", folder)], { encoding: "utf8", env: { GONE: "x", PATH: process.env.PATH ?? "" } })
    rmSync(folder, { recursive: true })
    expect(stdout).toBe("[two\nlines\n\n]")
  })

  it("a value that cannot be read stops the step", () => {
    const [, , , , , , script = ""] = stepArguments("c", { direct: ["V"], unset: [], script: "echo started" })
    expect(spawnSync("sh", ["-c", script], { encoding: "utf8" })).toMatchObject({ status: 125, stdout: "" })
  })

  it("remove a container at once", () => {
    expect([removeArguments(engine("docker"), "c"), removeArguments(engine("podman"), "c")]).toEqual([["rm", "--force", "c"], ["rm", "--force", "--time", "0", "c"]])
  })
})

describe("the container engine", () => {
  let bin = ""
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "sotto-engine-"))
  })
  afterEach(() => rmSync(bin, { recursive: true }))
  const put = (name: string): void => {
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, name), "#!/bin/sh\n")
    chmodSync(join(bin, name), 0o755)
  }

  it("is docker where it is there, else podman, else the one that is named; without one a job is refused with a sentence", () => {
    expect(() => findEngine({ PATH: bin })).toThrow("there is neither docker nor podman")
    put("podman")
    expect(findEngine({ PATH: bin })).toMatchObject({ file: join(bin, "podman"), kind: "podman" })
    put("docker")
    expect(findEngine({ PATH: bin }).kind).toBe("docker")
    expect(findEngine({ PATH: bin, SOTTO_CONTAINER_ENGINE: "podman" }).kind).toBe("podman")
    expect(() => findEngine({ PATH: bin, SOTTO_CONTAINER_ENGINE: "nerdctl" })).toThrow(/neither/)
  })
})
