/** Commands that a document names: `sotto NAME` in code, be it inline or in a block. */
export const namedCommands = (document: string): Set<string> => {
  const code = [...document.matchAll(/```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map((match) => match[1] ?? match[2] ?? "")
  return new Set(code.flatMap((text) => [...text.matchAll(/(?:^|[\s$])sotto ([a-z][a-z-]*)/gm)].map((match) => match[1] ?? "")))
}

/** Differences between the commands that exist and those that documents speak of. */
export const commandFaults = (existing: readonly string[], documents: readonly string[]): string[] => {
  const named = new Set(documents.flatMap((document) => [...namedCommands(document)]))
  return [
    ...existing.filter((name) => !named.has(name)).map((name) => `sotto ${name} is in no document`),
    ...[...named].filter((name) => !existing.includes(name)).map((name) => `documents speak of sotto ${name}, which does not exist`),
  ]
}
