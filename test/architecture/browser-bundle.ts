import { isBuiltin } from "node:module"
import { build, type StdinOptions } from "esbuild"

/** The Node modules that a browser would be asked to load, with the files that ask. */
export const nodeModulesInBrowserBundle = async (source: { entry: string } | { stdin: StdinOptions }): Promise<string[]> => {
  const result = await build({
    ...("entry" in source ? { entryPoints: [source.entry] } : { stdin: source.stdin }),
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    external: ["node:*"],
    logLevel: "silent",
    plugins: [{ name: "builtins", setup: (hooks) => hooks.onResolve({ filter: /^[a-z_]+(\/[a-z]+)?$/ }, keepBuiltin) }],
  })
  return Object.entries(result.metafile.inputs).flatMap(([path, input]) =>
    input.imports.filter((each) => each.external === true && isBuiltin(each.path)).map((each) => `${path} imports ${each.path}`),
  )
}

const keepBuiltin = ({ path }: { path: string }): { path: string; external: boolean } | undefined =>
  isBuiltin(path) ? { path, external: true } : undefined
