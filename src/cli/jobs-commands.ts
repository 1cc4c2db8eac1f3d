import type { CommandSpec, OptionSpec } from "./command.ts"

const FILE: OptionSpec = { type: "string", placeholder: "FILE", about: "the job file; else .sotto/jobs.yml, or .loom/workflow.yml where only that is there" }
const JOB: OptionSpec = { type: "string", placeholder: "NAME", about: "this job, and what must run before it" }

/** Job files: what they say, and running them. */
export const JOBS_COMMANDS: readonly CommandSpec[] = [
  {
    name: "jobs check",
    summary: "check a job file, and name every fault",
    args: [],
    options: { file: FILE },
    notes: ["Nothing is resolved and nobody is contacted. The exit code is 1 where there is a fault."],
    load: async () => (await import("./commands/jobs.ts")).checkJobs,
  },
  {
    name: "jobs compile",
    summary: "print what a job file comes down to, as JSON with references and no values",
    args: [],
    options: { file: FILE, job: JOB },
    load: async () => (await import("./commands/jobs.ts")).compileJobFile,
  },
  {
    name: "jobs run",
    summary: "run the jobs of a job file, each with its own secrets, and mask them in what they print",
    args: [],
    options: {
      file: FILE,
      job: JOB,
      stream: { type: "boolean", about: "show what jobs print as it comes, each line behind the job's name" },
      "dry-run": { type: "boolean", about: "say what would be asked of whom and what would run; resolve nothing" },
      "fail-on-leak": { type: "boolean", about: "exit with 13 where anything had to be masked" },
      trust: { type: "boolean", about: "trust the job file as it is, for this once; or set SOTTO_TRUST=1" },
      allow: { type: "string", multiple: true, placeholder: "PATTERN", about: "only references like this, such as 'op://CI/*'; or set SOTTO_ALLOW, with commas" },
    },
    notes: [
      "Jobs of a stage run side by side, in copies of the workspace. What a run leaves lies in .sotto/runs: logs, events and a receipt, with names and no values.",
      "With --json each event is a line on stdout. The exit code is 1 where a job failed, 130 after Ctrl-C.",
    ],
    load: async () => (await import("./commands/jobs.ts")).runJobFile,
  },
]
