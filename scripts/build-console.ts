import { readdirSync, readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import tailwindcss from "@tailwindcss/vite"
import react from "@vitejs/plugin-react"
import { build, type Manifest, type Plugin } from "vite"
import { DESIGN_TOKENS } from "../src/base/design-tokens.ts"
import { firstLoad, FIRST_LOAD_MAX_BYTES } from "./console-size.ts"

const TOKENS = "virtual:design-tokens.css"

/** The server's own pages take the tokens as text, the console as a style sheet. */
const designTokens: Plugin = {
  name: "design-tokens",
  resolveId: (id) => (id === TOKENS ? `\0${TOKENS}` : null),
  load: (id) => (id === `\0${TOKENS}` ? DESIGN_TOKENS : null),
}

const COMPRESSIBLE = /\.(js|css|svg)$/

/** Writes `dist/console`, each text file also as the server sends it: compressed. @throws where the first load is too heavy */
export const buildConsole = async (root: string): Promise<void> => {
  const outDir = join(root, "dist/console")
  await build({
    configFile: false,
    root: join(root, "src/console"),
    plugins: [designTokens, react(), tailwindcss()],
    build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, manifest: true, modulePreload: { polyfill: false }, target: "es2022" },
    logLevel: "warn",
  })
  const manifest = JSON.parse(readFileSync(join(outDir, ".vite/manifest.json"), "utf8")) as Manifest
  await Promise.all(readdirSync(join(outDir, "assets")).filter((name) => COMPRESSIBLE.test(name)).map((name) => compress(join(outDir, "assets", name))))
  const { bytes, files } = firstLoad(outDir, manifest)
  if (bytes > FIRST_LOAD_MAX_BYTES) throw new Error(`the console's first load is ${bytes} bytes compressed, of at most ${FIRST_LOAD_MAX_BYTES}`)
  process.stdout.write(`The console's first load: ${files.length} files, ${(bytes / 1_000).toFixed(1)} kB compressed\n`)
}

const compress = async (path: string): Promise<void> => {
  const bytes = readFileSync(path)
  await Promise.all([
    writeFile(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } })),
    writeFile(`${path}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION })),
  ])
}
