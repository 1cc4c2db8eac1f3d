import { SecretError } from "../base/errors.ts"
import type { SecretSpec } from "../core/references/secret-spec.ts"
import type { Call } from "./command.ts"
import { findProjectReferences, PROJECT_REFERENCES, readReferenceFile } from "./reference-file.ts"

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `file` where the place that names it says how it is handed over. */
type Named = Pick<SecretSpec, "name" | "reference" | "required"> & Partial<Pick<SecretSpec, "file">>

/** What a run is to be given: by -e, by a file, by --all, and where none of them speaks by the project's own file. */
export const specsOfRun = async (call: Call): Promise<SecretSpec[]> => {
  const { options } = call
  if (options.flag("file") && options.flag("env")) throw new SecretError("invalid_argument", "--file and --env exclude each other")
  const byHand = options.texts("reference").map(parseByHand)
  const path = options.text("env-file")
  const job = options.text("job")
  const named = [
    ...(options.flag("all") ? await everySecret(call) : []),
    ...(job === undefined ? [] : await ofJob(call, job)),
    ...(path === undefined ? [] : await fromFile(call, path)),
    ...byHand,
  ]
  const isSaid = named.length > 0 || path !== undefined || job !== undefined || options.flag("all")
  const all = isSaid ? named : await ofProject(call)
  const isFile = (each: Named): boolean => options.flag("file") || (!options.flag("env") && each.file === true)
  return lastOfEach(all).map((each) => ({ ...each, file: isFile(each) }))
}

/** No message repeats the text: it may be a value in the wrong place. */
const parseByHand = (text: string): Named => {
  const at = text.indexOf("=")
  const name = text.slice(0, Math.max(at, 0)).replace(/\?$/, "")
  const reference = text.slice(at + 1)
  if (!VARIABLE.test(name)) throw new SecretError("invalid_argument", "-e takes NAME=reference")
  if (!reference.includes("://")) {
    throw new SecretError("invalid_argument", `-e ${name}= is given no reference: a value on the command line is refused, other processes would see it`, {
      help: `Store it with \`sotto set ${name}\`, then: -e ${name}=sotto://WORKSPACE/${name}`,
    })
  }
  return { name, reference, required: text[at - 1] !== "?" }
}

/** What is named later wins, as in a shell. */
const lastOfEach = (named: readonly Named[]): Named[] => [...new Map(named.map((each) => [each.name, each])).values()]

const fromFile = async (call: Call, path: string): Promise<Named[]> => {
  const { file, references } = readReferenceFile(path)
  if (references.length === 0 || call.options.flag("trust")) return references
  const { assertTrusted } = await import("../runner/trust.ts")
  assertTrusted(call.env, [file])
  return references
}

/** The secrets of one job of the project's job file. */
const ofJob = async (call: Call, name: string): Promise<Named[]> => {
  const [{ chosenJob, jobFileOf, loadJobFile }, { assertTrusted }] = await Promise.all([import("./job-file.ts"), import("../runner/trust.ts")])
  const { graph, files } = await loadJobFile(jobFileOf(undefined), call)
  const { secrets } = chosenJob(graph, name)
  if (secrets.length > 0 && !call.options.flag("trust")) assertTrusted(call.env, files)
  return [...secrets]
}

const ofProject = async (call: Call): Promise<Named[]> => {
  const path = findProjectReferences(process.cwd())
  const references = path === null ? [] : await fromFile(call, path)
  if (references.length > 0) return references
  const why = path === null ? `there is no ${PROJECT_REFERENCES} here or above` : `${path} names none`
  call.screen.note(`sotto: no secrets are handed over: ${why}, and there is neither -e, --env-file nor --all.`)
  return []
}

const everySecret = async (call: Call): Promise<Named[]> => {
  const [{ listAll }, { withBackend }, { workspaceOf }, { printSottoReference }] = await Promise.all([
    import("./list-all.ts"),
    import("./open-backend.ts"),
    import("./workspace.ts"),
    import("../core/references/sotto-reference.ts"),
  ])
  const workspace = await workspaceOf(call)
  const names = await withBackend(call, async (backend) => (await listAll(backend, { workspace, state: "active" })).map(({ name }) => name))
  const left = names.filter((name) => !VARIABLE.test(name))
  if (left.length > 0) call.screen.note(`sotto: left out, because no variable can be called so: ${left.join(", ")}`)
  return names.filter((name) => VARIABLE.test(name)).map((name) => ({ name, reference: printSottoReference({ workspace, name }), required: true }))
}
