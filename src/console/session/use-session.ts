import { createContext, useContext, useSyncExternalStore } from "react"
import { isAllowed } from "../../core/authorize.ts"
import type { Permission } from "../../core/principal.ts"
import type { Session, SessionState, SignedIn } from "./session.ts"

export const SessionContext = createContext<Session | null>(null)
export const SignedInContext = createContext<SignedIn | null>(null)

export const useSession = (): Session => {
  const session = useContext(SessionContext)
  if (session === null) throw new TypeError("there is no session around this part")
  return session
}

export const useSessionState = (session: Session): SessionState => useSyncExternalStore(session.subscribe, () => session.state)

export const useSignedIn = (): SignedIn => {
  const signedIn = useContext(SignedInContext)
  if (signedIn === null) throw new TypeError("nobody is signed in around this part")
  return signedIn
}

/** Whether to offer something; the server decides anew. */
export const useMay = (permission: Permission, workspace: string): boolean => isAllowed(useSignedIn().me, permission, workspace)
