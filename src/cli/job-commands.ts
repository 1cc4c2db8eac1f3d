import type { CommandSpec, OptionSpec } from "./command.ts"

const FILE: OptionSpec = { type: "string", placeholder: "FILE", about: "the job file; else .sotto/jobs.yml here or above, or .loom/workflow.yml where only that exists" }

/** Commands of job files. */
export const JOB_COMMANDS: readonly CommandSpec[] = [
  {
    name: "jobs check",
    summary: "check a job file, and say everything that has to be changed",
    args: [],
    options: { file: FILE },
    notes: ["Everything is said on stderr. The exit code is 1 where the file has faults. No provider is contacted, and nothing is run."],
    load: async () => (await import("./commands/jobs.ts")).jobsCheck,
  },
  {
    name: "jobs compile",
    summary: "print what a job file comes down to, as JSON with references and no value",
    args: [],
    options: { file: FILE, job: { type: "string", placeholder: "JOB", about: "only this job and what it needs" } },
    load: async () => (await import("./commands/jobs.ts")).jobsCompile,
  },
]
