import { SecretError } from "../../base/errors.ts"

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

export const isVariableName = (text: string): boolean => text.length <= 256 && VARIABLE.test(text)

/** What a shell, a loader or these tools themselves take orders from: a secret there would be a command. */
const RESERVED = /^(?:PATH|HOME|SHELL|IFS|ENV|BASH_ENV|LD_PRELOAD|LD_LIBRARY_PATH|DYLD_INSERT_LIBRARIES|NODE_OPTIONS|SOTTO_.*|LOOM_.*)$/

export const isReservedVariable = (name: string): boolean => RESERVED.test(name)

/** @throws SecretError `invalid_argument`, which repeats a name only where it is one */
export const assertSecretVariable = (name: string, where: string): void => {
  if (!isVariableName(name))
    throw new SecretError("invalid_argument", `${where}: a variable has a name of letters, digits and _, and does not begin with a digit`)
  if (isReservedVariable(name)) throw new SecretError("invalid_argument", `${where}: ${name} cannot hold a secret`)
}
