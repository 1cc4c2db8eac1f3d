import { useState, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { NameList } from "./name-list.tsx"
import { OwnSecretDrawer } from "./own-secret-drawer.tsx"
import { PutDialog } from "./put-dialog.tsx"
import { useContents } from "./use-box.ts"

/** What the holder keeps for themselves. */
export const OwnSecrets = (): ReactNode => {
  const { contents } = useContents()
  const [opened, setOpened] = useState<string | null>(null)
  const [isNew, setNew] = useState(false)
  if (contents === undefined) return null
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <p className="mr-auto text-soft">{contents.own.length === 1 ? "One secret" : `${contents.own.length.toLocaleString("en")} secrets`} of your own.</p>
        <Button kind="main" onClick={() => setNew(true)}>
          New secret
        </Button>
      </div>
      {contents.own.length === 0 && <Empty />}
      {contents.own.length > 0 && <NameList label="My secrets" rows={contents.own.map((secretId) => ({ secretId }))} onOpen={setOpened} />}
      {isNew && <PutDialog onClose={() => setNew(false)} onOpen={setOpened} />}
      {opened !== null && <OwnSecretDrawer key={opened} secretId={opened} onClose={() => setOpened(null)} />}
    </div>
  )
}

const Empty = (): ReactNode => (
  <section className="card grid grid-cols-1 gap-2 p-6">
    <h2 className="text-lg font-semibold">Nothing here yet</h2>
    <p>Keep a first secret: it is encrypted in this browser, and nobody but you reads it, the server included. Or give your id to somebody, and take what they share.</p>
    <p className="text-sm text-soft">
      In a terminal: <Command>sotto box put NAME --stdin</Command>
    </p>
  </section>
)
