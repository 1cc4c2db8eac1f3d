import type { CommandSpec, OptionSpec } from "./command.ts"

const NAME = { name: "NAME" }
const WHO = { name: "WHO" }
const PLAINTEXT_NOTE = "It prints plaintext, and so refuses to run in a coding agent's shell."
const PERSON_NOTE = "It is for people, and so refuses to run in a coding agent's shell."
const WHO_NOTE = "WHO is an alias or an id of 64 hex characters."

const VALUE: Readonly<Record<string, OptionSpec>> = {
  stdin: { type: "boolean", about: "read the value from stdin: bytes in, bytes out, a line break at the end included" },
  "strip-newline": { type: "boolean", about: "with --stdin: leave out one line break at the end" },
  "value-from-env": { type: "string", placeholder: "VAR", about: "take the value of an environment variable" },
  generate: { type: "boolean", about: "make a random value of letters and digits" },
  length: { type: "string", placeholder: "N", about: "with --generate: how many characters (32)" },
}

/** Boxes: what a key pair keeps on a server that cannot read it, and shares with other key holders. */
export const BOX_COMMANDS: readonly CommandSpec[] = [
  {
    name: "box init",
    summary: "make a key pair and open a box on a server",
    args: [],
    options: {
      server: { type: "string", placeholder: "URL", about: "where boxes are served (SOTTO_BOXES_URL, else SOTTO_URL with /boxes, else http://127.0.0.1:7766/boxes)" },
      code: { type: "boolean", about: "open it with a code, which is asked for without echo, or read from a pipe" },
      closes: { type: "string", placeholder: "+30days", about: "when the box ends with all that is in it: +4hours, +30days, +6months, +1year" },
      import: { type: "string", placeholder: "FILE", about: "take the key of an export instead of making one" },
    },
    notes: [
      "The key lies in the file `box` beside the key file of the store (SOTTO_BOX_FILE names another), for you alone. Back it up: sotto box export.",
      "A code comes from whoever runs the server: sotto box invite. It may also stand in SOTTO_BOX_CODE.",
    ],
    load: async () => (await import("./box-keys.ts")).initBox,
  },
  {
    name: "box put",
    summary: "keep a value in your box",
    args: [NAME],
    options: VALUE,
    notes: ["Without --stdin, --value-from-env or --generate the value is asked for on the terminal, without echo."],
    load: async () => (await import("./commands/box.ts")).putSecret,
  },
  {
    name: "box get",
    summary: "print a value of your box, or one that somebody shared with you",
    args: [NAME],
    options: { from: { type: "string", placeholder: "WHO", about: "who shared it" } },
    notes: ["A value that was moved, replaced or put back to an older one is refused. A one-time secret is gone once it was read.", WHO_NOTE, PLAINTEXT_NOTE],
    load: async () => (await import("./commands/box.ts")).getSecret,
  },
  {
    name: "box list",
    summary: "list what is in your box, never the values",
    args: [],
    options: {},
    load: async () => (await import("./commands/box.ts")).listSecrets,
  },
  {
    name: "box rm",
    summary: "remove a value from your box",
    args: [NAME],
    options: {},
    load: async () => (await import("./commands/box.ts")).removeSecret,
  },
  {
    name: "box accept",
    summary: "let somebody share secrets with you",
    args: [WHO],
    options: {
      as: { type: "string", placeholder: "ALIAS", about: "remember the id under this name" },
      closes: { type: "string", placeholder: "+30days", about: "until when: +4hours, +30days, +6months, +1year" },
      unsigned: { type: "boolean", about: "also take values without a signature, as the original client writes them, until one is signed" },
    },
    notes: [WHO_NOTE, PERSON_NOTE],
    load: async () => (await import("./commands/box.ts")).acceptSender,
  },
  {
    name: "box share",
    summary: "share a value of your box with somebody who accepts it",
    args: [WHO, NAME],
    options: { once: { type: "boolean", about: "it can be read once" } },
    notes: ["Only they can read it, and they can prove to themselves that it came from you.", WHO_NOTE, PERSON_NOTE],
    load: async () => (await import("./commands/box.ts")).shareSecret,
  },
  {
    name: "box revoke",
    summary: "accept nothing more of somebody; or, with NAME, take back what you shared with them",
    args: [WHO, { name: "NAME", isOptional: true }],
    options: {},
    notes: ["What they have read they have. Without NAME all that they shared with you is deleted as well.", WHO_NOTE],
    load: async () => (await import("./commands/box.ts")).revoke,
  },
  {
    name: "box id",
    summary: "print your id, or that of somebody by their alias",
    args: [{ name: "ALIAS", isOptional: true }],
    options: {},
    notes: ["An id is a public key: others need it to accept you and to share with you. With --json also the server and everybody whom you know."],
    load: async () => (await import("./box-keys.ts")).showId,
  },
  {
    name: "box verify",
    summary: "print the safety number of you and somebody, to compare by voice or side by side",
    args: [WHO],
    options: { matches: { type: "boolean", about: "remember that you compared it and it was the same" } },
    notes: ["Both of you see the same digits. Other digits mean that one of you has somebody else's key.", WHO_NOTE, "With --matches it is for people, and so refuses to run in a coding agent's shell."],
    load: async () => (await import("./box-keys.ts")).verifyPerson,
  },
  {
    name: "box export",
    summary: "print your key, sealed with a passphrase, to keep or to take along",
    args: [],
    options: {},
    notes: ["The passphrase is asked for, or stands in SOTTO_BOX_PASSPHRASE. Take it in elsewhere: sotto box init --import FILE.", "Whoever chooses the passphrase has the key, so it refuses to run in a coding agent's shell."],
    load: async () => (await import("./box-keys.ts")).exportKey,
  },
  {
    name: "box invite",
    summary: "where the server runs: print a code that opens one box, once",
    args: [],
    options: { ttl: { type: "string", placeholder: "7d", about: "how long it counts (7d)" } },
    notes: ["It works on the store itself. Whoever uses the code first has the box.", PLAINTEXT_NOTE],
    load: async () => (await import("./box-keys.ts")).invite,
  },
]
