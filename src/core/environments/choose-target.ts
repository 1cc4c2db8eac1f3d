import { SecretError } from "../../base/errors.ts"

const USUAL = "sandbox"

/** The environment that is meant where none is named: the one called `sandbox`, else the only one. @throws SecretError */
export const chooseTarget = (names: readonly string[]): string => {
  const [first] = names
  if (names.includes(USUAL)) return USUAL
  if (first === undefined)
    throw new SecretError("not_found", "No environment is connected to this workspace", { help: "Add one: sotto env add NAME" })
  if (names.length === 1) return first
  throw new SecretError("invalid_argument", `name one of the environments: ${names.join(", ")}`, { details: { environments: names } })
}
