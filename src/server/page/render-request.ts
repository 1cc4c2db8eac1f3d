import { execText, httpText } from "../../core/policy/rule-text.ts"
import type { AgentRules } from "../../core/policy/agent-rules.ts"
import type { ProposedUse } from "../../core/requests/request-body.ts"
import type { AnsweredRequest } from "../../core/requests/answer-request.ts"
import type { RequestView } from "../../core/requests/request-view.ts"
import { html, NOTHING, pageOf, type Html } from "./html.ts"

const SHOWN_REASON_CHARACTERS = 600

/** What everybody sees who opens a form's address, whether there is such a request or not. */
export const renderGate = (requestId: string, problem?: string): string =>
  pageOf(html`
<h1>A request for secrets</h1>
<p>Only the person who is asked can open it. In your own terminal run <code>sotto requests code ${requestId}</code>, and type the code here.</p>
${problem === undefined ? NOTHING : html`<p role="alert">${problem}</p>`}
<form method="post" action="/r/${requestId}">
<label for="code">Code</label>
<input id="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" required placeholder="XXXX-XXXX">
<button>Open the request</button>
</form>
`)

export interface FormProof {
  /** Which field carries the half that is no cookie. */
  name: "session" | "form"
  half: string
}

export interface RequestForm {
  view: RequestView
  rules: AgentRules
  proof: FormProof
  problem?: string
}

/** The form itself. No value is ever on it, neither one that is set nor one that was typed. */
export const renderRequest = ({ view, rules, proof, problem }: RequestForm): string =>
  pageOf(html`
<h1>${view.kind === "approve" ? "May this call use your secrets?" : "An agent asks you for secrets"}</h1>
<dl>
<dt>Who asks</dt><dd><strong>${view.requester.name}</strong> (${view.requester.kind} <code>${view.requester.id}</code>)</dd>
<dt>Workspace</dt><dd><code>${view.namespace}</code></dd>
${view.reason === undefined ? NOTHING : html`<dt>Why</dt><dd>${agentText(cut(view.reason))}</dd>`}
</dl>
${problem === undefined ? NOTHING : html`<p role="alert">${problem}</p>`}
<form method="post" action="/r/${view.requestId}/answer" class="answer">
<input type="hidden" name="${proof.name}" value="${proof.half}">
${view.kind === "approve" ? approval(view) : html`${variables(view, rules)}${uses(view.use)}`}
<div class="row end">
<button name="action" value="decline" class="plain" formnovalidate>Decline</button>
<button name="action" value="save">${view.kind === "approve" ? (view.scope === "session" ? "Allow for this session" : "Allow this call") : "Store"}</button>
</div>
</form>
<p><small>Values go into the store, encrypted, and never to the agent. This form works once, until ${time(view.expiresAt)} UTC.</small></p>
`)

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ")

const cut = (text: string): string => (text.length > SHOWN_REASON_CHARACTERS ? `${text.slice(0, SHOWN_REASON_CHARACTERS).toWellFormed()}…` : text)

/** Words of the asker are marked as such: they may say anything. */
const agentText = (text: string): Html => html`<q class="agent">${text}</q> <small>in the agent's words</small>`

const approval = ({ call = "", scope, missing }: RequestView): Html => html`
<p>It would use ${missing.map((key) => html`<code>${key}</code> `)} for this call${scope === "session" ? html`, and <strong>for all others under the same rules until its session ends</strong>` : NOTHING}:</p>
<pre>${call}</pre>`

const variables = ({ variables: asked }: RequestView, rules: AgentRules): Html => html`
<label class="tick show"><input type="checkbox" id="show"> Show what I type</label>
${asked.map((variable, i) => html`
<fieldset>
<legend><code>${variable.key}</code>${variable.optional === true ? html` <small>optional</small>` : NOTHING}</legend>
${variable.description === undefined ? NOTHING : html`<p>${agentText(variable.description)}</p>`}
${variable.obtainUrl === undefined ? NOTHING : html`<p><small>Where to get it, says the agent: ${obtain(variable.obtainUrl, rules)}</small></p>`}
<label for="v${i}">${variable.isSet ? "New value (it is set: leave blank to keep it)" : "Value"}${variable.format === undefined ? NOTHING : html` <small>${variable.format}</small>`}</label>
<textarea id="v${i}" name="value.${variable.key}" rows="1" autocomplete="off" autocapitalize="off" spellcheck="false"${variable.isSet || variable.optional === true ? NOTHING : html` data-needed`}></textarea>
<p class="hint" hidden>White space at the beginning or the end will be stored as it is.</p>
${variable.isSet ? NOTHING : html`<label class="tick"><input type="checkbox" name="skip.${variable.key}"> I do not give this one</label>`}
</fieldset>`)}`

/** A link only to hosts that the workspace lists; else text that nobody clicks by accident. */
const obtain = (address: string, { linkHosts = [] }: AgentRules): Html => {
  const url = URL.parse(address)
  const isListed = url !== null && url.protocol === "https:" && url.username === "" && url.password === "" && linkHosts.includes(url.host)
  return isListed ? html`<a href="${url.href}" rel="noreferrer noopener" target="_blank">${url.href}</a>` : html`<code>${address}</code>`
}

const uses = (use: readonly ProposedUse[]): Html =>
  use.length === 0
    ? NOTHING
    : html`
<fieldset>
<legend>What the agent would like to do with them</legend>
<p>Nothing is allowed unless you tick it. You are asked again at each use.</p>
${use.map((each, i) => html`<label class="tick"><input type="checkbox" name="use.${i}"> <span>${useText(each)}</span></label>`)}
</fieldset>`

const useText = (use: ProposedUse): string => ("exec" in use ? execText(use.key, use.exec) : httpText(use.key, use.http))

/** What became of an answer. */
export const renderAnswered = ({ kind, stored, kept, missing }: AnsweredRequest, blankEnds: readonly string[]): string =>
  pageOf(html`
<h1>${kind === "approve" ? "Allowed" : stored.length > 0 ? "Stored" : "Noted"}</h1>
${kind === "approve" ? html`<p>The agent may go on.</p>` : NOTHING}
${names("Stored", stored)}
${names("Kept as they were", kept)}
${kind === "approve" ? NOTHING : names("Still missing", missing)}
${blankEnds.length === 0 ? NOTHING : html`<p role="alert">Stored with white space at the beginning or the end: ${blankEnds.join(", ")}. If that was not meant, set it again.</p>`}
<p>You can close this page.</p>
`)

const names = (heading: string, keys: readonly string[]): Html =>
  keys.length === 0 ? NOTHING : html`<h2>${heading}</h2><ul>${keys.map((key) => html`<li><code>${key}</code></li>`)}</ul>`

/** One heading and one sentence. */
export const renderNotice = (heading: string, text: string): string => pageOf(html`<h1>${heading}</h1><p>${text}</p>`)
