import { spawnSync } from "node:child_process"
import { spawn as spawnTerminal, type IPty } from "@lydell/node-pty"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openSotto, type Sotto } from "./sotto.ts"

interface Session {
  /** Resolves once this has been printed. */
  seen(text: string): Promise<void>
  type(text: string): void
  ended: Promise<number>
  printed(): string
}

const createSession = (terminal: IPty): Session => {
  let printed = ""
  const waiting = new Set<() => void>()
  terminal.onData((data) => {
    printed += data
    for (const look of waiting) look()
  })
  return {
    seen: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (printed.includes(text)) resolve()
        }
        waiting.add(look)
        look()
      }),
    type: (text) => terminal.write(text),
    ended: new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode))),
    printed: () => printed,
  }
}

describe("at a terminal", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
    await sotto.run(["set", "SHOWN", "--stdin"], { input: "plain" })
  })
  afterAll(() => sotto.close())

  const session = (args: readonly string[], env: Record<string, string> = {}): Session =>
    createSession(
      spawnTerminal(process.execPath, [sotto.main, ...args], { cwd: join(sotto.folder, "work"), env: { ...sotto.env, TERM: "xterm", ...env }, cols: 200, rows: 50 }),
    )
  const stored = async (name: string): Promise<string> => (await sotto.run(["get", name])).stdout

  it("a value is asked for and never shown", async () => {
    const terminal = session(["set", "TYPED"])
    await terminal.seen("Value of TYPED: ")
    terminal.type("canarX\u007fy 🔑\u001b[D\r")
    expect(await terminal.ended).toBe(0)
    expect(terminal.printed()).not.toContain("canar")
    expect(await stored("TYPED")).toBe("canary 🔑")
  })

  it("a command that is run has a terminal of its own, of the same size, and what it prints there is masked", async () => {
    await sotto.run(["set", "MASKED", "--stdin"], { input: "s3cr3t-VALUE-9" })
    const script = 'test -t 0 && test -t 1 && test -t 2 && stty size; printf "name: "; read name; echo "$name $MASKED"; exit 4'
    const terminal = session(["run", "-e", "MASKED=sotto://default/MASKED", "--", "sh", "-c", script])
    await terminal.seen("name: ")
    terminal.type("Ada\r")
    expect(await terminal.ended).toBe(4)
    expect(terminal.printed()).toContain("50 200")
    expect(terminal.printed()).toContain("Ada [REDACTED:SECRET_MASKED]")
    expect(terminal.printed()).not.toContain("s3cr3t")
  })

  it("Ctrl-C reaches the command that is run", async () => {
    const terminal = session(["run", "-e", "MASKED=sotto://default/MASKED", "--", "sh", "-c", "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 1; done"])
    await terminal.seen("ready")
    terminal.type("\u0003")
    expect(await terminal.ended).toBe(5)
    expect(terminal.printed()).toContain("caught")
  })

  it("a prompt that ends as a value begins is shown", async () => {
    const terminal = session(["run", "-e", "MASKED=sotto://default/MASKED", "--", "sh", "-c", "printf 'next: s3c'; read x; echo done"])
    await terminal.seen("next: s3c")
    terminal.type("\r")
    expect(await terminal.ended).toBe(0)
  })

  it("a pasted text of several lines is one value", async () => {
    const terminal = session(["set", "PASTED"])
    await terminal.seen("Value of PASTED: ")
    terminal.type("\u001b[200~-----BEGIN\rcanary\r-----END\r\u001b[201~")
    terminal.type("\r")
    expect(await terminal.ended).toBe(0)
    expect(terminal.printed()).not.toContain("canary")
    expect(await stored("PASTED")).toBe("-----BEGIN\ncanary\n-----END")
  })

  it("Ctrl-C leaves everything as it was", async () => {
    const terminal = session(["set", "STOPPED"])
    await terminal.seen("Value of STOPPED: ")
    terminal.type("canary\u0003")
    expect(await terminal.ended).toBe(130)
    expect((await sotto.run(["get", "STOPPED"])).code).toBe(3)
  })

  it("a line break follows a printed value, and stdin is not read from a terminal", async () => {
    const shown = session(["get", "SHOWN"])
    expect(await shown.ended).toBe(0)
    expect(shown.printed()).toBe("plain\r\n")
    const refused = session(["set", "X", "--stdin"])
    expect(await refused.ended).toBe(2)
    expect(refused.printed()).toContain("which would show the value")
  })

  it("a rotation draws a bar", async () => {
    await sotto.run(["keyring", "add"])
    const terminal = session(["keyring", "rotate"])
    expect(await terminal.ended).toBe(0)
    expect(terminal.printed()).toMatch(/\rRotating \[#+-*\] \d+ % \(\d+ of \d+\)/)
  })

  it("the passphrase of the key ring is asked for twice, then once by each command", async () => {
    const differing = session(["keyring", "seal"])
    await differing.seen("New passphrase: ")
    differing.type("one\r")
    await differing.seen("Again: ")
    differing.type("two\r")
    expect(await differing.ended).toBe(2)
    const sealing = session(["keyring", "seal"])
    await sealing.seen("New passphrase: ")
    sealing.type("correct horse\r")
    await sealing.seen("Again: ")
    sealing.type("correct horse\r")
    expect(await sealing.ended).toBe(0)
    const reading = session(["get", "SHOWN"])
    await reading.seen("Passphrase of the key ring: ")
    reading.type("correct horse\r")
    expect(await reading.ended).toBe(0)
    expect(reading.printed()).toContain("plain\r\n")
    expect([sealing, reading, differing].map((each) => each.printed()).join()).not.toContain("horse")
    await sotto.run(["keyring", "seal", "--remove"], { env: { SOTTO_KEYS_PASSPHRASE: "correct horse" } })
  })

  it("the server prints a sign-in link until somebody has signed in, and stops at Ctrl-C", async () => {
    const env = { SOTTO_PORT: "0" }
    const first = session(["serve"], env)
    await first.seen("/#code=")
    const [, url = "", code = ""] = /(http:\S+)\/#code=(\S+)/.exec(first.printed()) ?? []
    const answer = await fetch(`${url}/api/v1/session`, { method: "POST", headers: { "content-type": "application/json", origin: url }, body: JSON.stringify({ code }) })
    expect(answer.ok).toBe(true)
    first.type("\u0003")
    expect(await first.ended).toBe(0)
    const second = session(["serve"], env)
    await second.seen("`sotto open`")
    expect(second.printed()).not.toContain("#code=")
    second.type("\u0003")
    expect(await second.ended).toBe(0)
  })

  it("a sign-in link is printed to a terminal, or where --print asks for it", async () => {
    const terminal = session(["open"])
    expect(await terminal.ended).toBe(0)
    expect(terminal.printed()).toContain("http://127.0.0.1:7766/#code=")
    expect((await sotto.run(["open"])).code).toBe(2)
    expect((await sotto.run(["open", "--print", "--url", "https://sotto.example"])).stdout).toMatch(/^https:\/\/sotto\.example\/#code=\S+\n$/)
  })
})

describe("completion", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
  })
  afterAll(() => sotto.close())

  /** What bash offers for the last word of a line. */
  const completed = async (line: string): Promise<string[]> => {
    const { stdout: script } = await sotto.run(["completion", "bash"])
    const words = line.split(" ")
    const asked = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _sotto 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`
    return spawnSync("bash", ["--norc", "-c", asked], { encoding: "utf8", cwd: "/" }).stdout.split("\n").filter(Boolean)
  }

  it.each([
    ["sotto key", ["keyring"]],
    ["sotto keyring r", ["rotate", "retire"]],
    ["sotto keyring rotate --d", ["--dry-run"]],
    ["sotto set NAME --g", ["--generate"]],
    ["sotto list --state ", ["active", "expired"]],
    ["sotto completion f", ["fish"]],
    ["sotto import et", ["etc"]],
    ["sotto nothing ", []],
  ])("bash completes %j", async (line, words) => {
    expect((await completed(line)).toSorted()).toEqual(words.toSorted())
  })

  it("knows every option of every command, in each shell", async () => {
    const specs = await sotto.json<{ name: string; options: Record<string, unknown> }[]>(["help"])
    for (const shell of ["bash", "zsh", "fish"]) {
      const { stdout } = await sotto.run(["completion", shell])
      const missing = specs.flatMap(({ options }) => Object.keys(options)).filter((option) => !stdout.includes(shell === "fish" ? `-l ${option} ` : `--${option}`))
      expect({ shell, missing }).toEqual({ shell, missing: [] })
    }
    expect((await sotto.run(["completion", "tcsh"])).code).toBe(2)
  })
})
