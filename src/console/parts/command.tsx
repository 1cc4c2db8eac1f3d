import type { ReactNode } from "react"

/** The command that does the same. */
export const Command = ({ children }: { children: string }): ReactNode => (
  <code className="rounded bg-paper px-1.5 py-0.5 wrap-anywhere">{children}</code>
)
