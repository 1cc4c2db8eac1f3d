import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ROOT } from "../architecture/manifest.ts"

/**
 * The stock starters of NestJS, as its own generator writes them, with Sotto's modules in: their own tests have to pass, on
 * Express and on Fastify. Takes some minutes and the registry: a command of its own (`npm run test:nest-starters`).
 */
const STARTERS = [
  { name: "NestJS 12, ES modules, Vitest", schematics: "12.0.6", options: ["--type=esm"], fastify: "12.5.0" },
  { name: "NestJS 12, CommonJS, Jest", schematics: "12.0.6", options: ["--type=cjs"], fastify: "12.5.0" },
  { name: "NestJS 11, CommonJS, Jest", schematics: "11.1.0", options: [], fastify: "11.2.8" },
] as const

const INSTALL = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"]

const run = (folder: string, command: string, args: readonly string[]): string => {
  const { npm_config_prefix: _prefix, ...env } = process.env
  const ended = spawnSync(command, args, { cwd: folder, encoding: "utf8", env: { ...env, CI: "1" }, timeout: 600_000 })
  if (ended.status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${String(ended.status)}\n${ended.stdout}${ended.stderr}`)
  return ended.stdout + ended.stderr
}

const edit = (path: string, changes: readonly [string | RegExp, string][]): void => {
  let text = readFileSync(path, "utf8")
  for (const [from, to] of changes) {
    const next = text.replace(from, to)
    if (next === text) throw new Error(`${path} holds no ${String(from)}: the starter has changed`)
    text = next
  }
  writeFileSync(path, text)
}

const generate = (folder: string, { schematics, options }: (typeof STARTERS)[number]): string => {
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), "{}")
  run(folder, "npm", [...INSTALL, `@nestjs/schematics@${schematics}`, "@angular-devkit/schematics-cli"])
  run(folder, "npx", ["--no-install", "schematics", "@nestjs/schematics:application", "--name=starter", ...options, "--debug=false"])
  return join(folder, "starter")
}

/** What somebody does who wants secrets in their new app. */
const addSotto = (starter: string): void =>
  edit(join(starter, "src/app.module.ts"), [
    [/^/, `import { SecretsModule, WorkflowModule } from 'sotto/nestjs';\n`],
    ["imports: []", `imports: [SecretsModule.forRoot({ database: 'memory:', keys: '1:${Buffer.alloc(32, 1).toString("base64")}' }), WorkflowModule]`],
  ])

const onFastify = (starter: string): void =>
  edit(join(starter, "test/app.e2e-spec.ts"), [
    [/^/, `import { FastifyAdapter } from '@nestjs/platform-fastify';\n`],
    ["createNestApplication()", "createNestApplication(new FastifyAdapter())"],
    ["await app.init();", "await app.init();\n    await app.getHttpAdapter().getInstance().ready();"],
  ])

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const root = mkdtempSync(join(tmpdir(), "sotto-starters-"))
try {
  const [{ filename }] = JSON.parse(run(ROOT, "npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", root])) as [{ filename: string }]
  for (const [at, each] of STARTERS.entries()) {
    const starter = generate(join(root, String(at)), each)
    addSotto(starter)
    run(starter, "npm", [...INSTALL, join(root, filename), `@nestjs/platform-fastify@${each.fastify}`])
    run(starter, "npm", ["run", "test"])
    say(`${each.name}: its unit tests pass`)
    run(starter, "npm", ["run", "test:e2e"])
    say(`${each.name}: its end-to-end tests pass on Express`)
    onFastify(starter)
    run(starter, "npm", ["run", "test:e2e"])
    say(`${each.name}: its end-to-end tests pass on Fastify`)
    run(starter, "npm", ["run", "build"])
    say(`${each.name}: it builds`)
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
