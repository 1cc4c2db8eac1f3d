import { bodyOf, decodePart, invalidReference, segmentsOf } from "./reference-text.ts"

/** `box://SENDER/NAME`: what a sender shared, or, where the sender is `me`, what the box's holder keeps. */
export interface BoxReference {
  /** An alias, an id of 64 hex characters, or `me`. */
  sender: string
  name: string
}

/** In names `/`, `@`, `#` and `%` are percent-encoded; nothing else needs to be. @throws SecretError `SECRETS_REF_INVALID` */
export const parseBoxReference = (reference: string): BoxReference => {
  const [sender, name, ...more] = segmentsOf(bodyOf(reference, "box"))
  if (sender === undefined || name === undefined || more.length > 0 || /[#@]/.test(sender + name))
    throw invalidReference("is not of the form box://SENDER/NAME, with / @ # % in names percent-encoded")
  return { sender: decodePart(sender), name: decodePart(name) }
}
