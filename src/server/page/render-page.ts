import { html, NOTHING, pageOf } from "./html.ts"

/** What everybody sees: this is Sotto, it runs, sign in. */
export const renderSignIn = (problem?: string): string =>
  pageOf(html`
<h1>Sotto</h1>
<p>Your secrets layer is running. Open the link that the terminal printed, or type its code here.</p>
${problem === undefined ? NOTHING : html`<p role="alert">${problem}</p>`}
<form method="post" action="/sign-in">
<label for="code">Sign-in code</label>
<input id="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" required placeholder="XXXX-XXXX-XXXX-XXXX-XXXX-XXXX">
<button>Sign in</button>
</form>
<p><small>No code at hand? Run <code>sotto open</code> on the machine of the server.</small></p>
`)

export interface Overview {
  /** The half of the session that is no cookie. */
  session: string
  person: string
  workspaces: readonly string[]
  current: string
  names: readonly string[]
  /** Whether there are more names than these. */
  isMore: boolean
  /** What the person is asked in this workspace. */
  requests: readonly { requestId: string; who: string; what: string }[]
}

/** Workspaces and names; no value is ever on this page. */
export const renderOverview = ({ session, person, workspaces, current, names, isMore, requests }: Overview): string => {
  const half = html`<input type="hidden" name="session" value="${session}">`
  return pageOf(html`
<div class="row"><h1>Sotto</h1>
<form class="quiet" method="post" action="/sign-out">${half}<button>Sign out</button></form></div>
<p>Signed in as ${person}. Values stay in the store: <code>sotto get NAME</code> shows one.</p>
${requests.length === 0 ? NOTHING : html`<h2>You are asked</h2>
<ul>${requests.map(({ requestId, who, what }) => html`<li class="row"><span>${who}: ${what}</span><form class="quiet" method="post" action="/r/${requestId}">${half}<button>Open</button></form></li>`)}</ul>`}
<h2>Workspaces</h2>
<form class="list" method="post" action="/">${half}
<ul>${workspaces.map((id) => html`<li><button name="workspace" value="${id}"${id === current ? html` aria-current="true"` : NOTHING}>${id}</button></li>`)}</ul></form>
<h2>Secrets in ${current}</h2>
${names.length === 0 ? html`<p>None yet. <code>sotto set NAME</code> stores one.</p>` : html`<ul>${names.map((name) => html`<li><code>${name}</code></li>`)}</ul>`}
${isMore ? html`<p><small>The first ${names.length} are shown.</small></p>` : NOTHING}
`)
}
