import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { useEffect, useState, type ReactNode } from "react"
import { BriefClipboard, ClipboardContext } from "./parts/brief-clipboard.ts"
import { LayersContext } from "./parts/layers.ts"
import { Notices, NoticesContext } from "./parts/notices.ts"
import { createQueryClient } from "./query-client.ts"
import { createAppRouter } from "./router.tsx"
import { Removals, RemovalsContext } from "./secrets/removals.ts"
import type { SignedIn } from "./session/session.ts"
import { SignedInContext } from "./session/use-session.ts"

/** Everything that belongs to one person who is signed in, and goes with them. */
export const Inside = ({ signedIn }: { signedIn: SignedIn }): ReactNode => {
  const [queries] = useState(createQueryClient)
  const [router] = useState(createAppRouter)
  const [notices] = useState(() => new Notices())
  const [removals] = useState(() => new Removals(notices))
  const [clipboard] = useState(() => new BriefClipboard(notices))
  const [layers, setLayers] = useState<HTMLElement | null>(null)
  useEffect(() => removals.use(signedIn), [removals, signedIn])
  useEffect(
    () => () => {
      queries.clear()
      clipboard.clear()
    },
    [queries, clipboard],
  )
  return (
    <SignedInContext value={signedIn}>
      <QueryClientProvider client={queries}>
        <NoticesContext value={notices}>
          <ClipboardContext value={clipboard}>
            <RemovalsContext value={removals}>
              <LayersContext value={layers}>
                <RouterProvider router={router} />
                <div ref={setLayers} />
              </LayersContext>
            </RemovalsContext>
          </ClipboardContext>
        </NoticesContext>
      </QueryClientProvider>
    </SignedInContext>
  )
}
