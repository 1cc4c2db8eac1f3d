import type { CommandSpec } from "./command.ts"
import { WORKSPACE } from "./secret-commands.ts"

/** Commands that use secrets without showing them. */
export const RUN_COMMANDS: readonly CommandSpec[] = [
  {
    name: "run",
    summary: "run a command with secrets in its environment, and mask them in what it prints",
    args: [{ name: "COMMAND" }, { name: "ARGS", isOptional: true, isRepeated: true }],
    options: {
      workspace: WORKSPACE,
      reference: { type: "string", short: "e", multiple: true, placeholder: "NAME=REF", about: "a variable and where its value is: API_KEY=sotto://acme/API_KEY" },
      "env-file": { type: "string", placeholder: "FILE", about: "a file of such lines; else .sotto/env, where nothing else names secrets" },
      all: { type: "boolean", about: "every secret of the workspace whose name is a valid variable" },
      job: { type: "string", placeholder: "NAME", about: "the secrets of this job of the job file" },
      file: { type: "boolean", about: "hand over files: each variable holds a path" },
      env: { type: "boolean", about: "hand over values (the default; a job says for each secret which it is)" },
      "no-redact": { type: "boolean", about: "do not mask what the command prints" },
      trust: { type: "boolean", about: "trust the file of references as it is, for this once; or set SOTTO_TRUST=1" },
      allow: { type: "string", multiple: true, placeholder: "PATTERN", about: "only references like this, such as 'op://CI/*'; or set SOTTO_ALLOW, with commas" },
    },
    notes: [
      "Write the command behind --: sotto run -- npm test. Its exit code is the exit code; 125 where it was not started, 126 and 127 as in a shell, 128 and its number for a signal.",
      "Nothing of Sotto's own stays in the command's environment: no token, no key ring, no variable that a reference names.",
    ],
    load: async () => (await import("./commands/run.ts")).run,
  },
  {
    name: "trust",
    summary: "look at what a file of references or a job file asks for, and trust it as it is",
    args: [{ name: "FILE", isOptional: true, completes: "file" }],
    options: {
      yes: { type: "boolean", about: "do not ask" },
      list: { type: "boolean", about: "list the files that are trusted" },
      revoke: { type: "boolean", about: "trust the file no longer" },
    },
    notes: ["Without FILE it is .sotto/env and the job file. Any change of a file, or of one that it includes, asks again. What is trusted is kept below SOTTO_HOME, outside every repository."],
    load: async () => (await import("./commands/trust.ts")).trust,
  },
  {
    name: "secrets check",
    summary: "resolve references and say which have a value, never which value",
    args: [],
    options: {
      workspace: WORKSPACE,
      reference: { type: "string", short: "e", multiple: true, placeholder: "NAME=REF", about: "a variable and where its value is" },
      "env-file": { type: "string", placeholder: "FILE", about: "a file of such lines; else .sotto/env" },
      all: { type: "boolean", about: "every secret of the workspace whose name is a valid variable" },
      job: { type: "string", placeholder: "NAME", about: "the secrets of this job of the job file" },
      trust: { type: "boolean", about: "trust the file of references as it is, for this once" },
      allow: { type: "string", multiple: true, placeholder: "PATTERN", about: "only references like this; or set SOTTO_ALLOW, with commas" },
      strict: { type: "boolean", about: "a provider that cannot be had fails secrets that may be missing too" },
    },
    notes: ["The states are resolved, skipped (it may be missing, and is), failed, and not asked: a malformed reference stops everything. The exit code is 1 where one failed."],
    load: async () => (await import("./commands/secrets.ts")).checkSecrets,
  },
]
