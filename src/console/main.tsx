import "virtual:design-tokens.css"
import "./style.css"
import { createRoot } from "react-dom/client"
import { App } from "./app.tsx"
import { Session } from "./session/session.ts"
import { openSessionChannel } from "./session/session-channel.ts"
import { takeCode } from "./session/take-code.ts"
import { Theme } from "./shell/theme.ts"

const theme = new Theme(document.documentElement, localStorage)
const take = (): string | null => takeCode(location, history)
const code = take()
const session = new Session({ origin: location.origin, storage: sessionStorage, channel: openSessionChannel("sotto.session") })
const root = document.getElementById("root")
if (root === null) throw new TypeError("the page has no root")
createRoot(root).render(<App session={session} theme={theme} />)
void session.start(code)
// a link that is opened in a tab that shows the console already
addEventListener("hashchange", () => {
  const next = take()
  if (next !== null) void session.start(next)
})
