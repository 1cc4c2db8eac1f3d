import { SecretError } from "../base/errors.ts"
import type { ProposedUse } from "../core/requests/request-body.ts"
import type { RequestView } from "../core/requests/request-view.ts"
import { execText, httpText } from "../core/policy/rule-text.ts"
import { assertPersonsShell } from "./agent-shell.ts"
import type { Backend } from "./backend.ts"
import type { Call } from "./command.ts"
import { withBackend } from "./open-backend.ts"
import { promptHidden } from "./prompt.ts"
import type { RequestAnswer } from "./request-backend.ts"
import type { Screen } from "./screen.ts"
import { visible } from "./visible.ts"

export const answerRequest = async (call: Call): Promise<void> => {
  const { screen, args } = call
  assertPersonsShell(call.env, "requests answer")
  if (!screen.isTerminal.stdin)
    throw new SecretError("invalid_argument", "requests are answered on a terminal, and stdin is none", {
      help: "Run it in a terminal of your own; programs answer over the REST API, as a person.",
    })
  const requestId = args[0] as string
  await withBackend(call, async (backend) => {
    const view = await backend.requests.get(requestId)
    if (view.status !== "pending") throw new SecretError("request_closed", `the request is ${view.status} already`)
    screen.note(described(view))
    const answer = view.kind === "approve" ? await askApproval(screen) : await askValues(screen, view)
    if (answer === null) return decline(call, backend, requestId)
    const answered = await backend.requests.answer(requestId, answer)
    if (screen.isJson) return screen.json(answered)
    for (const key of answered.stored) screen.note(`Stored ${key}${hasBlankEnd(answer.values[key]) ? ", with white space at its beginning or end" : ""}`)
    for (const key of answered.kept) screen.note(`Kept ${key}`)
    for (const key of answered.missing) screen.note(`Missing: ${key}`)
    if (view.kind === "approve") screen.note("Allowed this call")
  })
}

const hasBlankEnd = (value: string | undefined): boolean => /^\s|\s$/u.test(value ?? "")

const decline = async ({ screen }: Call, backend: Backend, requestId: string): Promise<void> => {
  const closed = await backend.requests.decline(requestId)
  if (screen.isJson) screen.json(closed)
  else screen.note("Declined: nothing was stored")
}

/** What the asker wrote is marked as theirs, and cannot steer the terminal. */
const described = ({ requester, namespace, reason, kind, call, scope, variables, missing }: RequestView): string => {
  const who = `${visible(requester.name)} (${requester.kind} ${requester.id}) asks in ${namespace}`
  const calls = scope === "session" ? "this call, and others under the same rules until its session ends," : "this call"
  const what = kind === "approve" ? `to make ${calls} with ${missing.join(", ")}:\n  ${visible(call ?? "")}` : `for ${variables.map(({ key }) => key).join(", ")}`
  return `${who} ${what}${reason === undefined ? "" : `\nin its words: "${visible(reason)}"`}`
}

const askApproval = async (screen: Screen): Promise<RequestAnswer | null> =>
  (await askYes(screen, "Allow this call?")) ? { values: {}, skip: [], allow: [] } : null

const askValues = async (screen: Screen, view: RequestView): Promise<RequestAnswer> => {
  const answer: RequestAnswer = { values: {}, skip: [], allow: [] }
  for (const { key, isSet, description } of view.variables) {
    if (description !== undefined) screen.note(`${key}, in its words: "${visible(description)}"`)
    const value = await promptHidden(screen, `Value of ${key} (Enter ${isSet ? "keeps what is set" : "skips it"}): `)
    if (value !== "") answer.values[key] = value
    else if (!isSet) answer.skip.push(key)
  }
  for (const [position, use] of view.use.entries()) {
    const isThere = use.key in answer.values || view.variables.some(({ key, isSet }) => key === use.key && isSet)
    if (isThere && (await askYes(screen, `Let agents ${useText(use)}?`))) answer.allow.push(position)
  }
  return answer
}

const askYes = async (screen: Screen, question: string): Promise<boolean> =>
  /^y(es)?$/i.test((await promptHidden(screen, `${question} Type y for yes, anything else for no: `)).trim())

/** One line of what a rule lets agents do. */
export const useText = (use: ProposedUse): string => ("exec" in use ? execText(use.key, use.exec) : httpText(use.key, use.http))
