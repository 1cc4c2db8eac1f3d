import { bodyOf, invalidReference } from "./reference-text.ts"

/** `env://NAME`: a variable of the process that resolves. */
export interface EnvReference {
  name: string
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** @throws SecretError `SECRETS_REF_INVALID` */
export const parseEnvReference = (reference: string): EnvReference => {
  const name = bodyOf(reference, "env")
  if (!NAME.test(name)) throw invalidReference("names no variable: env://NAME")
  return { name }
}
