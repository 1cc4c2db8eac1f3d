import type { ReactNode } from "react"
import { Boundary } from "./parts/boundary.tsx"
import { Inside } from "./inside.tsx"
import { SessionContext, useSessionState } from "./session/use-session.ts"
import { SignInPage } from "./session/sign-in-page.tsx"
import type { Session, SessionState } from "./session/session.ts"
import type { Theme } from "./shell/theme.ts"
import { ThemeContext } from "./shell/use-theme.ts"

export const App = ({ session, theme }: { session: Session; theme: Theme }): ReactNode => {
  const state = useSessionState(session)
  return (
    <SessionContext value={session}>
      <ThemeContext value={theme}>
        <Boundary>{contentOf(state)}</Boundary>
      </ThemeContext>
    </SessionContext>
  )
}

/** Whoever signs in again finds what they typed; somebody else starts anew. */
const contentOf = (state: SessionState): ReactNode => {
  if (state.status === "starting") return null
  if (state.status === "out") return <SignInPage problem={state.problem} notice={state.notice} />
  const isOver = state.status === "ended"
  return (
    <>
      <div hidden={isOver} inert={isOver} key={state.me.principal.id}>
        <Inside signedIn={state} />
      </div>
      {isOver && <SignInPage notice="Your session has ended. Sign in again to go on where you were: what you typed is still there." />}
    </>
  )
}
