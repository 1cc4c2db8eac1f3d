import type { GraphJob, JobGraph } from "../runner/jobs/graph.ts"
import { visible } from "./visible.ts"

/** What a person has to look at: where jobs run, what they are given (a variable such as BASH_ENV can be a command), and what they do with it. */
export const jobPlan = ({ jobs }: JobGraph): string => jobs.map(planOf).join("\n\n")

const planOf = ({ name, stage, image, after, variables, secrets, script }: GraphJob): string => {
  const where = image === undefined ? "on this machine" : `in ${image}`
  const lines = [
    `${name} (${stage}, ${where}${after.length === 0 ? "" : `, after ${after.join(", ")}`})`,
    ...Object.entries(variables).map(([variable, value]) => `  ${variable}=${visible(value).replaceAll("\n", "\n    ")}`),
    ...secrets.map((spec) => `  ${spec.name} ${spec.file ? "in a file" : "as a value"}${spec.required ? "" : ", may be missing"}: ${visible(spec.reference)}`),
    ...script.map((command) => `  $ ${visible(command.trimEnd()).replaceAll("\n", "\n    ")}`),
  ]
  return lines.join("\n")
}
