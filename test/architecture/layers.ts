/** The table of the house: an import goes to a strictly lower number, or stays in its folder. */
export const LAYERS: Readonly<Record<string, number>> = {
  base: 0,
  crypto: 1,
  redact: 1,
  envfile: 1,
  net: 1,
  core: 2,
  api: 3,
  storage: 4,
  providers: 4,
  server: 4,
  client: 4,
  boxes: 4,
  runner: 4,
  agent: 4,
  workflow: 4,
  remote: 4,
  store: 5,
  nestjs: 6,
  cli: 6,
  console: 6,
}

/** Where `node:` modules may be imported: not in the console, which browsers alone run. */
export const mayUseNode = (folder: string): boolean => folder === "crypto" || folder === "net" || ((LAYERS[folder] ?? 0) >= 4 && folder !== "console")

/** What the console may import beside itself: it knows a server by its client alone. */
export const CONSOLE_IMPORTS: readonly string[] = ["src/base/", "src/core/", "src/envfile/", "src/api/", "src/client/", "src/boxes/client/", "src/boxes/protocol/"]

/** What each entry must not load before somebody asks for it: these packages cost start-up time or may be absent. */
export const LAZY: Readonly<Record<string, readonly string[]>> = {
  "src/store/index.ts": ["pg", "fastify"],
  "src/server/index.ts": ["pg", "better-sqlite3"],
  "src/client/index.ts": ["pg", "better-sqlite3", "fastify"],
  "src/boxes/index.ts": ["pg", "better-sqlite3", "fastify"],
  "src/cli/main.ts": ["pg", "better-sqlite3", "fastify", "yaml"],
}

/** Entries that run in browsers as well. */
export const BROWSER_ENTRIES: readonly string[] = ["src/client/index.ts", "src/boxes/index.ts", "src/redact/index.ts"]
