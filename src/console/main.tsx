import "virtual:design-tokens.css"
import "./style.css"
import { createRoot } from "react-dom/client"
import { App } from "./app.tsx"
import { Session } from "./session/session.ts"
import { openSessionChannel } from "./session/session-channel.ts"
import { takeCode } from "./session/take-code.ts"
import { Theme } from "./shell/theme.ts"

const theme = new Theme(document.documentElement, localStorage)
const code = takeCode(location, history)
const session = new Session({ origin: location.origin, storage: sessionStorage, channel: openSessionChannel("sotto.session") })
const root = document.getElementById("root")
if (root === null) throw new TypeError("the page has no root")
createRoot(root).render(<App session={session} theme={theme} />)
void session.start(code)
