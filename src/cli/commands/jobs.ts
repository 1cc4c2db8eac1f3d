export { checkJobs } from "../jobs-check.ts"
export { compileJobFile } from "../jobs-compile.ts"
export { runJobFile } from "../jobs-run.ts"
