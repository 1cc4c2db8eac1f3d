import { SecretError } from "../../base/errors.ts"
import type { Client } from "../../client/create-client.ts"
import { LIMITS } from "../../core/limits.ts"
import type { SecretFile } from "./read-secret-file.ts"

export interface ImportPlan extends SecretFile {
  /** What is there already, and its version now: if that changes before the import, the person is told. */
  versions: ReadonlyMap<string, number>
}

export const planImport = async (client: Client, workspace: string, file: SecretFile): Promise<ImportPlan> => {
  const names = new Set(file.entries.map(([name]) => name))
  const versions = new Map<string, number>()
  for (let cursor: string | undefined; ; ) {
    const part = await client.listSecrets(workspace, { limit: LIMITS.pageMaxItems, ...(cursor !== undefined && { cursor }) })
    for (const { key, version } of part.page) if (names.has(key)) versions.set(key, version)
    if (part.isDone) return { ...file, versions }
    cursor = part.continueCursor
  }
}

/**
 * Stores in portions, each all or nothing. @returns how many @throws SecretError that says how many were stored before it
 */
export const importEntries = async (client: Client, workspace: string, { entries, versions }: ImportPlan): Promise<number> => {
  const secrets = entries.map(([key, value]) => ({ key, value, ifVersion: versions.get(key) ?? 0 }))
  for (let at = 0; at < secrets.length; at += LIMITS.batchMaxItems) {
    try {
      await client.putSecrets(workspace, { secrets: secrets.slice(at, at + LIMITS.batchMaxItems), purpose: "import" })
    } catch (error) {
      throw error instanceof SecretError ? withCount(error, at) : error
    }
  }
  return secrets.length
}

const withCount = (error: SecretError, stored: number): SecretError =>
  new SecretError(error.code, `${error.message}${stored === 0 ? ". Nothing of the file was stored" : `. The first ${stored} were stored, the others were not`}`, {
    details: error.details,
    help: error.code === "version_conflict" ? "Somebody changed one of these meanwhile: choose the file again to see what is there now." : "Choose the file again to see what is there now.",
  })
