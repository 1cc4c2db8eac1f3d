import { join } from "node:path"
import { SecretError } from "../base/errors.ts"
import type { ResolvedSecret } from "../core/references/secret-spec.ts"
import { makeSecretFolder, removeSecretFolder, writePrivate } from "./secret-folder.ts"

/** Secrets on their way to one child. */
export interface Injection {
  /** For the child: a value, or the path of a file that holds it. */
  env: Readonly<Record<string, string>>
  /** The files, where there are any. */
  folder: string | null
  /** After the child has ended, however it did. Idempotent. @throws SecretError `unsafe_file` */
  remove(): void
}

/**
 * Lays secrets out for a child: all of them or none. Files are removed by `remove`, and when this process ends in any way but
 * SIGKILL, after which the next start sweeps them.
 * @throws SecretError `SECRETS_REQUIRED_MISSING` with `details.reason` `inject_failed`
 */
export const injectSecrets = (secrets: readonly ResolvedSecret[], env: Readonly<Record<string, string | undefined>>): Injection => {
  const direct = Object.fromEntries(secrets.filter(({ file }) => !file).map((secret) => [secret.name, textOf(secret)]))
  const inFiles = secrets.filter(({ file }) => file)
  if (inFiles.length === 0) return { env: direct, folder: null, remove: () => undefined }
  const folder = makeSecretFolder(env)
  const remove = (): void => {
    process.off("exit", remove)
    removeSecretFolder(folder)
  }
  process.on("exit", remove)
  try {
    const paths = inFiles.map(({ name, value }) => {
      const path = join(folder, name)
      writePrivate(path, value.reveal())
      return [name, path]
    })
    return { env: { ...direct, ...(Object.fromEntries(paths) as Record<string, string>) }, folder, remove }
  } catch (error) {
    remove()
    throw failed("the files could not be written", error)
  }
}

const textOf = ({ name, value }: ResolvedSecret): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value.reveal())
  } catch {
    throw failed(`the value of ${name} is no text, and a variable holds text`, undefined, "Hand it over as a file.")
  }
}

/** The cause is told by its code alone. */
const failed = (message: string, cause: unknown, help = "See that there is room in /dev/shm, or set XDG_RUNTIME_DIR."): SecretError => {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  return new SecretError("SECRETS_REQUIRED_MISSING", code === undefined ? message : `${message}: ${code}`, { details: { reason: "inject_failed" }, help })
}
