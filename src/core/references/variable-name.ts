const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

export const isVariableName = (text: string): boolean => text.length <= 256 && VARIABLE.test(text)

/** What a shell, a loader or these tools themselves take orders from: a secret there would be a command. */
const RESERVED = /^(?:PATH|HOME|SHELL|IFS|ENV|BASH_ENV|LD_[A-Z_]+|DYLD_[A-Z_]+|NODE_OPTIONS|SOTTO_.*|LOOM_.*)$/

/** Names that a person has to allow by name before an agent may ask for them. */
export const isReservedVariable = (name: string): boolean => RESERVED.test(name)

/** What is wrong with a variable that is to hold a secret, as the end of a sentence; null for nothing. */
export const variableFault = (name: string): string | null => {
  if (!isVariableName(name)) return "names no variable: letters, digits and _, a digit not first"
  return RESERVED.test(name) ? `names ${name}, which cannot hold a secret` : null
}
