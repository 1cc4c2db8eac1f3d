import { DESIGN_TOKENS } from "../../base/design-tokens.ts"

/** The plain pages' one style sheet. */
export const STYLE = `${DESIGN_TOKENS}* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: start center; padding: 12vh 1rem 4rem }
main { width: min(34rem, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 2rem }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -.02em }
h2 { margin: 2rem 0 .5rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .08em; color: var(--soft) }
p { margin: .5rem 0 1.5rem; color: var(--soft) }
p[role=alert] { color: var(--bad) }
label { display: block; font-weight: 600; margin-bottom: .4rem }
input { width: 100%; padding: .65rem .8rem; font: 1rem ui-monospace, monospace; letter-spacing: .04em; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px }
button { padding: .6rem 1rem; font: inherit; font-weight: 600; color: var(--on); background: var(--accent); border: 0; border-radius: 8px; cursor: pointer }
form > button { margin-top: 1rem }
.row { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem }
.quiet button, .list button { margin: 0; padding: .25rem .1rem; color: var(--accent); background: none; text-align: left }
.list button[aria-current] { color: var(--ink); text-decoration: underline }
ul { margin: 0; padding: 0; list-style: none }
li { padding: .3rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere }
li:first-child { border-top: 0 }
li code { font: .95rem ui-monospace, monospace }
small { color: var(--soft) }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3rem 1.2rem; margin: 1rem 0 1.5rem }
dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }
q.agent { font-style: italic; overflow-wrap: anywhere }
fieldset { border: 1px solid var(--line); border-radius: 10px; margin: 0 0 1rem; padding: .8rem 1rem 1rem; min-width: 0 }
fieldset p { margin: .2rem 0 .6rem }
legend { font-weight: 600; padding: 0 .4rem }
textarea { width: 100%; padding: .65rem .8rem; font: 1rem ui-monospace, monospace; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; resize: vertical; -webkit-text-security: disc }
form:has(#show:checked) textarea { -webkit-text-security: none }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere }
label.tick { display: flex; gap: .5rem; align-items: baseline; font-weight: 400; margin: .5rem 0 0; overflow-wrap: anywhere }
label.tick span { min-width: 0 }
label.show { justify-content: end; margin: 0 0 .5rem; color: var(--soft) }
input[type=checkbox] { width: auto; flex: none }
.hint { color: var(--soft); font-size: .85rem; margin: .3rem 0 0 }
.end { justify-content: end; margin-top: 1rem }
button.plain { color: var(--ink); background: none; border: 1px solid var(--line) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`
