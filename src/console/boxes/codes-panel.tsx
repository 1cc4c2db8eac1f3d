import { useRef, useState, type ReactNode } from "react"
import { useBriefClipboard } from "../parts/brief-clipboard.ts"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { useAction } from "../parts/use-action.ts"
import { useHeldValue } from "../secrets/use-held-value.ts"
import { BoxError } from "./box-error.tsx"
import { Mask, Plain } from "./box-value.tsx"
import { StopTaking } from "./stop-taking.tsx"
import { useBox, useContents } from "./use-box.ts"

/** What a code lets somebody do. */
const OPENS = "openSecretSpace"

/** Codes with which others open a box here. */
export const CodesPanel = (): ReactNode => {
  const code = useRef<string | null>(null)
  const [isMade, setMade] = useState(false)
  const { make, isWaiting } = useCodes()
  const { run, isBusy, error } = useAction(async () => {
    code.current = await make()
    setMade(true)
  })
  const forget = (): void => {
    code.current = null
    setMade(false)
  }
  return (
    <section className="card grid grid-cols-1 gap-4 p-4 sm:p-6">
      <h2 className="text-lg font-semibold">A code for somebody else</h2>
      <p>
        Whoever has it opens one box on this server, once, within seven days; the server notes that the code came from you. It does not let them into yours. They use it on this page, under{" "}
        <em>New box</em>, or with <Command>sotto box init</Command>.
      </p>
      <BoxError error={error} />
      {isMade ? (
        <Code read={() => code.current ?? ""} onForget={forget} />
      ) : (
        <Button kind="main" onClick={() => void run()} isBusy={isBusy} className="justify-self-start">
          {isWaiting ? "Read the code that waits" : "Make a code"}
        </Button>
      )}
      <ServerAsSender />
    </section>
  )
}

/** The server hands a code over as a secret for one reading, so that nobody on the way can read it. */
const useCodes = () => {
  const { client } = useBox()
  const { contents, look } = useContents()
  const secretId = `${OPENS}AuthCode`
  const server = contents?.senders.find(({ id }) => id === contents.serverId)
  const isWaiting = server?.secrets.some((each) => each.secretId === secretId) ?? false
  const make = async (): Promise<string> => {
    const serverId = await client.getServerId()
    try {
      if (server === undefined) await client.acceptSecretsFrom(serverId)
      if (!isWaiting) await client.generateAuthCodeFor(OPENS)
      return (await client.readSecretFrom(serverId, secretId)).raw
    } finally {
      void look()
    }
  }
  return { make, isWaiting }
}

const ServerAsSender = (): ReactNode => {
  const { contents } = useContents()
  const server = contents?.senders.find(({ id }) => id === contents.serverId)
  if (server === undefined) return <p className="text-sm text-soft">To hand you the code, the server becomes somebody who may share with you. You can stop that afterwards.</p>
  return (
    <div className="grid grid-cols-1 gap-2 border-t border-line pt-4 text-sm">
      <p className="text-soft">The server may share codes with you.</p>
      <StopTaking sender={server} />
    </div>
  )
}

const Code = ({ read, onForget }: { read: () => string; onForget: () => void }): ReactNode => {
  const clipboard = useBriefClipboard()
  const held = useHeldValue(async () => read())
  const copy = useAction(() => clipboard.copy("The code", async () => read()))
  return (
    <div className="grid grid-cols-1 gap-3 rounded-lg border border-line bg-paper p-3">
      {held.value === null ? <Mask /> : <Plain value={held.value} />}
      <div className="flex flex-wrap gap-2">
        <button type="button" {...held.handlers} className="button button-plain touch-none select-none" aria-pressed={held.value !== null}>
          Hold to show
        </button>
        <Button onClick={() => void copy.run()} isBusy={copy.isBusy}>
          Copy
        </Button>
        <Button kind="quiet" onClick={onForget}>
          I have passed it on
        </Button>
      </div>
      <p role="status" className="text-sm text-soft">
        It is on this page alone: leave it, and nobody can show it again. Pass it on in a way that others do not read.
      </p>
      <BoxError error={copy.error} />
    </div>
  )
}
