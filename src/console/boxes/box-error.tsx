import type { ReactNode } from "react"
import type { SecretError } from "../../base/errors.ts"
import { ErrorBox, sentence } from "../parts/error-box.tsx"

/** The protocol's answers are those of its first server, word for word: here is what they mean. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/No new anonymous clients are accepted!/, "This server opens a box only with a code. Whoever runs it makes one with `sotto box invite`; so does anybody who has a box here."],
  [/Invalid AuthCode!|correct format of authCode/, "That code is wrong, was used, or is older than seven days."],
  [/correct format of secretKeyHex/, "That is no secret key: it has 64 characters, 0 to 9 and a to f."],
  [/^getSecretSpace replied.* did not exist!$/s, "There is no box of this key on this server."],
  [/^shareSecretTo replied.*(?:did not exist!|There is no SubSpace)/s, "They do not take secrets from you yet. Send them your id: once they accept it, share again."],
  [/SecretSpace for .* did not exist!$/s, "Your box is closed, or its closing date has come."],
  [/There is no SubSpace for/, "You take no secrets from them any more."],
  [/Secret with secretId .* did not exist!$/s, "It is not there any more. It was taken back, deleted, or was for one reading."],
  [/Timestamp/, "This machine's clock and the server's differ by minutes. Set the clock, then try again."],
  [/The SecretSpace is full!/, "There is no more room here: 10,000 secrets are the most."],
  [/accepts too many senders!/, "You take secrets from 1,000 people, which is the most. Stop taking them from somebody first."],
  [/Too many AuthCodes wait/, "A hundred codes of yours wait to be used, which is the most. Each counts for seven days."],
  [/too large for one answer/, "There is more in this box than the server lists at once."],
  [/ClosureDate has already passed!/, "That date has passed."],
]

const BY_CODE: Partial<Record<SecretError["code"], string>> = {
  decryption_failed: "The passphrase is wrong, or the key file is damaged: the two cannot be told apart.",
  payload_too_large: "That is too large for a box: about 49 kB of text fit, or 36 kB of a file that is no text.",
}

export const plainWords = (error: SecretError): string | undefined => PLAIN.find(([pattern]) => pattern.test(error.message))?.[1] ?? BY_CODE[error.code]

export const BoxError = ({ error, children }: { error: SecretError | undefined; children?: ReactNode }): ReactNode => {
  if (error === undefined) return null
  if (error.details["isOtherServer"] === true) return <ErrorBox error={error} says={OTHER_SERVER} />
  return (
    <ErrorBox error={error} says={plainWords(error)}>
      {children}
    </ErrorBox>
  )
}

export const errorText = (error: SecretError): string => plainWords(error) ?? sentence(error.message)

const OTHER_SERVER =
  "Another server answers here than the one that this browser knows, so nothing is asked of it. If the server was set up anew, open the box in a fresh browser profile, and compare safety numbers again."
