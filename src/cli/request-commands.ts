import type { CommandSpec } from "./command.ts"
import { WORKSPACE } from "./secret-commands.ts"

const ID = { name: "ID" }
const NAME = { name: "NAME" }
const PERSON_NOTE = "It is for people, and so refuses to run in a coding agent's shell."

/** Commands by which agents ask and people answer, and by which people say what agents may do. */
export const REQUEST_COMMANDS: readonly CommandSpec[] = [
  {
    name: "request",
    summary: "ask a person for secrets, and wait for the answer",
    args: [{ name: "KEY", isRepeated: true }],
    options: {
      workspace: WORKSPACE,
      reason: { type: "string", placeholder: "TEXT", about: "why; the person reads it" },
      optional: { type: "string", multiple: true, placeholder: "KEY", about: "a key that may be left out" },
      replace: { type: "boolean", about: "ask also for keys that are set" },
      expires: { type: "string", placeholder: "10m", about: "how long the person has (10m; at most 7d)" },
      "no-wait": { type: "boolean", about: "print the request and end" },
    },
    notes: [
      "Keys that are set are not asked for. The answer goes into the store: names are printed, never values.",
      "The person answers in the form that a server shows, or with `sotto requests answer ID` in a terminal.",
      "Exit codes: 0 provided, 3 something is missing, 5 declined, cancelled or expired.",
    ],
    load: async () => (await import("./commands/request.ts")).request,
  },
  {
    name: "requests list",
    summary: "list what you are asked",
    args: [],
    options: { workspace: WORKSPACE, all: { type: "boolean", about: "also what is settled" } },
    load: async () => (await import("./commands/requests.ts")).listRequests,
  },
  {
    name: "requests answer",
    summary: "answer a request on the terminal, without echo",
    args: [ID],
    options: {},
    notes: ["An empty answer keeps a key that is set, and skips one that is not.", PERSON_NOTE],
    load: async () => (await import("./answer-request.ts")).answerRequest,
  },
  {
    name: "requests decline",
    summary: "decline a request: nothing is stored, and the asker is told",
    args: [ID],
    options: {},
    load: async () => (await import("./commands/requests.ts")).declineRequest,
  },
  {
    name: "requests code",
    summary: "print the code that opens a request's form in your browser, once",
    args: [ID],
    options: {},
    notes: ["Five wrong codes cancel the request. A new code makes the one before void.", PERSON_NOTE],
    load: async () => (await import("./commands/requests.ts")).requestCode,
  },
  {
    name: "policy show",
    summary: "show what agents may do with a secret",
    args: [NAME],
    options: { workspace: WORKSPACE },
    load: async () => (await import("./commands/policy.ts")).showPolicy,
  },
  {
    name: "policy allow",
    summary: "let agents use a secret in one more way, without seeing it",
    args: [NAME],
    options: {
      workspace: WORKSPACE,
      exec: { type: "string", placeholder: "PROGRAM", about: "run this program, an absolute path, with the secret in its environment" },
      arg: { type: "string", multiple: true, placeholder: "PATTERN", about: "with --exec: its arguments in order; * for any text, ... at the end for any more" },
      network: { type: "string", placeholder: "WHICH", about: "with --exec: none (the default) or host", values: ["none", "host"] },
      host: { type: "string", placeholder: "HOST", about: "send the secret to this host, by https" },
      method: { type: "string", multiple: true, placeholder: "METHOD", about: "with --host: GET (the default), POST ..." },
      path: { type: "string", multiple: true, placeholder: "PATTERN", about: "with --host: /v1/*; ** at the end for whatever follows" },
      header: { type: "string", placeholder: "NAME", about: "with --host: the header it goes into (authorization)" },
      template: { type: "string", placeholder: "TEXT", about: "with --host: the header's text (Bearer {value})" },
      query: { type: "string", placeholder: "NAME", about: "with --host: the parameter it goes into, instead of a header" },
      json: { type: "string", placeholder: "POINTER", about: "with --host: the place in a JSON body, instead of a header" },
      basic: { type: "string", placeholder: "USER", about: "with --host: the password of HTTP Basic for this user, instead of a header" },
      response: { type: "string", placeholder: "WHAT", about: "with --host: what the agent gets: status (the default) or body", values: ["status", "body"] },
      environment: { type: "string", placeholder: "NAME", about: "with --exec: in the sandbox of this environment, instead of on this machine" },
      sync: { type: "string", placeholder: "NAME", about: "deliver it to this environment's sandbox, where code can read it; * for every environment" },
      approval: { type: "string", placeholder: "WHEN", about: "ask you at every-use (the default), once a session, or never", values: ["every-use", "session", "never"] },
      expires: { type: "string", placeholder: "30d", about: "for how long agents may use it; never for no end" },
    },
    notes: ["It also ends a suspension.", PERSON_NOTE],
    load: async () => (await import("./commands/policy.ts")).allowPolicy,
  },
  {
    name: "policy deny",
    summary: "take all of it away: agents may do nothing with a secret",
    args: [NAME],
    options: { workspace: WORKSPACE },
    load: async () => (await import("./commands/policy.ts")).denyPolicy,
  },
  {
    name: "policy workspace",
    summary: "show or set what agents may ask for in a workspace",
    args: [],
    options: {
      workspace: WORKSPACE,
      key: { type: "string", multiple: true, placeholder: "PATTERN", about: "only keys like this may be asked for" },
      reserved: { type: "string", multiple: true, placeholder: "KEY", about: "a reserved name, such as PATH, that may be asked for" },
      "link-host": { type: "string", multiple: true, placeholder: "HOST", about: "a host whose pages a form may link to" },
      clear: { type: "boolean", about: "remove all rules: any key may be asked for, nothing is linked to" },
    },
    notes: ["What is given replaces all rules. Without options it shows them.", PERSON_NOTE],
    load: async () => (await import("./commands/policy.ts")).workspacePolicy,
  },
]
