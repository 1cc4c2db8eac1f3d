import type { ReactNode } from "react"
import { Command } from "../parts/command.tsx"

/** Where the server keeps no boxes. */
export const NoBoxes = (): ReactNode => (
  <section className="card mt-4 grid grid-cols-1 gap-3 p-6">
    <h2 className="text-lg font-semibold">This server keeps no boxes</h2>
    <p>
      A box is what a key pair keeps on a server that cannot read it: values are encrypted in this browser, for oneself or for somebody else, and the server sees names, sizes and times
      alone.
    </p>
    <p>
      Whoever runs the server turns them on: <Command>sotto serve --boxes</Command>, or <Command>SOTTO_BOXES=on</Command> in its environment. Then load this page anew.
    </p>
  </section>
)
