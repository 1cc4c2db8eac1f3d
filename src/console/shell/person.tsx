import type { ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { useAction } from "../parts/use-action.ts"
import { useRemovals } from "../secrets/removals.ts"
import { useSession, useSignedIn } from "../session/use-session.ts"
import { ThemeSwitch } from "./theme-switch.tsx"

/** Who is signed in, and the way out. */
export const Person = (): ReactNode => {
  const session = useSession()
  const removals = useRemovals()
  const { me } = useSignedIn()
  const leave = useAction(async () => {
    await removals.flush("now")
    await session.signOut()
  })
  return (
    <div className="ml-auto flex shrink-0 items-center gap-1">
      <span className="max-w-40 truncate text-sm text-soft max-sm:sr-only" title={me.principal.id}>
        <span className="sr-only">Signed in as </span>
        {me.principal.name}
      </span>
      <ThemeSwitch />
      <Button kind="quiet" onClick={() => void leave.run()} isBusy={leave.isBusy}>
        Sign out
      </Button>
    </div>
  )
}
