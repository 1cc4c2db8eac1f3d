import { useState, type ReactNode } from "react"
import type { BoxId } from "../../boxes/protocol/keys.ts"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { AcceptDialog } from "./accept-dialog.tsx"
import type { BoxContents } from "./contents.ts"
import { aliasOf, type Notes } from "./notes.ts"
import { PersonDrawer } from "./person-drawer.tsx"
import { PersonName } from "./person-name.tsx"
import { useContents, useNotes } from "./use-box.ts"

/** Who shares with this box, and whom its holder knows. */
export const PeoplePanel = (): ReactNode => {
  const { contents } = useContents()
  const notes = useNotes()
  const [opened, setOpened] = useState<BoxId | null>(null)
  const [isAccepting, setAccepting] = useState(false)
  if (contents === undefined) return null
  const people = peopleOf(contents, notes)
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <p className="mr-auto min-w-0 basis-64 grow text-soft">Who may share with you, and whom you have shared with. Names are yours: they stay in this browser.</p>
        <Button kind="main" onClick={() => setAccepting(true)}>
          Accept a sender
        </Button>
      </div>
      {people.length === 0 ? <Nobody /> : <PeopleList people={people} contents={contents} onOpen={setOpened} />}
      {isAccepting && <AcceptDialog onClose={() => setAccepting(false)} onOpen={setOpened} />}
      {opened !== null && <PersonDrawer key={opened} id={opened} onClose={() => setOpened(null)} />}
    </div>
  )
}

const peopleOf = ({ senders, serverId }: BoxContents, notes: Notes): BoxId[] => {
  const ids = new Set([...senders.map(({ id }) => id), ...Object.keys(notes.people), ...notes.shared.map(({ to }) => to)])
  if (serverId !== null) ids.delete(serverId)
  const nameOf = (id: BoxId): string => aliasOf(notes, id) ?? `\uffff${id}` // those without a name stand last
  return [...ids].sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
}

const PeopleList = ({ people, contents, onOpen }: { people: readonly BoxId[]; contents: BoxContents; onOpen: (id: BoxId) => void }): ReactNode => (
  <ul aria-label="People" className="card overflow-clip">
    {people.map((id) => (
      <li key={id} className="border-b border-line last:border-b-0">
        <button
          type="button" onClick={() => onOpen(id)}
          className="flex min-h-12 w-full flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-left hover:bg-paper focus-visible:-outline-offset-2"
        >
          <span className="mr-auto min-w-0">
            <PersonName id={id} />
          </span>
          <Standing id={id} contents={contents} />
        </button>
      </li>
    ))}
  </ul>
)

const Standing = ({ id, contents }: { id: BoxId; contents: BoxContents }): ReactNode => {
  const { people } = useNotes()
  const sender = contents.senders.find((each) => each.id === id)
  const count = sender?.secrets.length ?? 0
  return (
    <span className="flex flex-wrap gap-2 text-sm">
      {people[id]?.comparedAt !== undefined && <span className="rounded-full bg-accent-soft px-2 py-0.5 text-accent">compared</span>}
      <span className="text-soft">{sender === undefined ? "may not share with you" : count === 0 ? "has shared nothing yet" : count === 1 ? "shares one secret" : `shares ${count} secrets`}</span>
    </span>
  )
}

const Nobody = (): ReactNode => (
  <section className="card grid grid-cols-1 gap-2 p-6">
    <h2 className="text-lg font-semibold">Nobody yet</h2>
    <p>To take secrets from somebody, have them send you their id, and accept it here. To share with them, send them yours: it stands at the top of this page.</p>
    <p className="text-sm text-soft">
      In a terminal: <Command>sotto box accept ID --as NAME</Command>
    </p>
  </section>
)
