import type { ReactNode } from "react"
import type { Connection } from "./use-changes.ts"

export const OfflineBanner = ({ connection }: { connection: Connection }): ReactNode => (
  <div role="status">
    {connection === "lost" && (
      <p className="bg-warn-soft px-4 py-2 text-center text-sm text-warn">
        The server does not answer. What you see may be out of date; it is tried again until it does.
      </p>
    )}
  </div>
)
