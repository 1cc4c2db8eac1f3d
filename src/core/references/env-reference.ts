import { invalidReference, restOfReference } from "./reference-text.ts"

export interface EnvReference {
  /** A variable of the process that resolves. */
  variable: string
}

const SCHEME = "env"

/** `env://NAME`. @throws SecretError `SECRETS_REF_INVALID` */
export const parseEnvReference = (text: string): EnvReference => {
  const variable = restOfReference(text, SCHEME)
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) throw invalidReference(SCHEME, "it names no environment variable")
  return { variable }
}
