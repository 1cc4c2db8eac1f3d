import { Tabs } from "@base-ui/react/tabs"
import type { ReactNode } from "react"
import { KeptKeyList } from "./kept-key-list.tsx"
import { KeyFileForm } from "./key-file-form.tsx"
import { NewBoxForm } from "./new-box-form.tsx"
import { PasteKeyForm } from "./paste-key-form.tsx"
import { useKeptKeys } from "./use-box.ts"
import type { UnlockProps } from "./use-opening.ts"

const WAYS = [
  ["new", "New box", NewBoxForm],
  ["file", "Key file", KeyFileForm],
  ["paste", "Paste a key", PasteKeyForm],
] as const

/** The ways to one's box. */
export const UnlockPanel = ({ notice, onOpen }: UnlockProps & { notice: string | undefined }): ReactNode => {
  const hasKept = useKeptKeys().ids.length > 0
  return (
    <div className="mt-2 grid max-w-2xl grid-cols-1 gap-4">
      <p className="text-soft">
        What a key of yours keeps on this server, encrypted in this browser: the server cannot read it. The key stays in this tab&rsquo;s memory, and is gone when you lock, leave this page, sign
        out, or touch nothing for 15 minutes.
      </p>
      <div role="status">{notice !== undefined && <p className="rounded-md bg-accent-soft px-3 py-2">{notice}</p>}</div>
      {hasKept && <KeptKeyList onOpen={onOpen} />}
      <section className="card" aria-label={hasKept ? "Another box" : "Open a box"}>
        <Tabs.Root defaultValue={hasKept ? "file" : "new"}>
          <Tabs.List className="flex overflow-x-auto border-b border-line px-2" aria-label="How to open a box">
            {WAYS.map(([value, title]) => (
              <Tabs.Tab key={value} value={value} className="tab max-sm:px-1 data-active:border-accent data-active:text-ink">
                {title}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {WAYS.map(([value, , Form]) => (
            <Tabs.Panel key={value} value={value} className="p-4 sm:p-5">
              <Form onOpen={onOpen} />
            </Tabs.Panel>
          ))}
        </Tabs.Root>
      </section>
    </div>
  )
}
