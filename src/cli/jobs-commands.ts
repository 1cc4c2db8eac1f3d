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
]
