const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

/** Markup, as opposed to text that has to be escaped. */
class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | readonly Html[]

const escape = (part: Part): string => {
  if (part instanceof Html) return part.text
  if (typeof part === "object") return part.map((each) => each.text).join("")
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
}

/** A template whose parts are escaped, except markup made by another. */
const html = (texts: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(texts.map((text, i) => text + (i < parts.length ? escape(parts[i] as Part) : "")).join(""))

const NOTHING = html``

const pageOf = (content: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sotto</title>
<link rel="stylesheet" href="/assets/sotto.css">
<script src="/assets/sotto.js" defer></script>
</head>
<body>
<main>${content}</main>
</body>
</html>
`.text

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
}

/** Workspaces and names; no value is ever on this page. */
export const renderOverview = ({ session, person, workspaces, current, names, isMore }: Overview): string => {
  const half = html`<input type="hidden" name="session" value="${session}">`
  return pageOf(html`
<div class="row"><h1>Sotto</h1>
<form class="quiet" method="post" action="/sign-out">${half}<button>Sign out</button></form></div>
<p>Signed in as ${person}. Values stay in the store: <code>sotto get NAME</code> shows one.</p>
<h2>Workspaces</h2>
<form class="list" method="post" action="/">${half}
<ul>${workspaces.map((id) => html`<li><button name="workspace" value="${id}"${id === current ? html` aria-current="true"` : NOTHING}>${id}</button></li>`)}</ul></form>
<h2>Secrets in ${current}</h2>
${names.length === 0 ? html`<p>None yet. <code>sotto set NAME</code> stores one.</p>` : html`<ul>${names.map((name) => html`<li><code>${name}</code></li>`)}</ul>`}
${isMore ? html`<p><small>The first ${names.length} are shown.</small></p>` : NOTHING}
`)
}
