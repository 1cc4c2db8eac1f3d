export { checkJobs } from "../jobs-check.ts"
export { compileJobFile } from "../jobs-compile.ts"
