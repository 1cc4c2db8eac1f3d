export { checkJobFile as jobsCheck } from "../jobs-check.ts"
export { compileJobFile as jobsCompile } from "../jobs-compile.ts"
