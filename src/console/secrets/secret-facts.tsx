import type { ReactNode } from "react"
import { Ago, exactText } from "../parts/ago.tsx"
import { Button } from "../parts/button.tsx"
import { Command } from "../parts/command.tsx"
import { useMay } from "../session/use-session.ts"
import { AgentUse } from "./agent-use.tsx"
import { metadataText } from "./metadata-field.tsx"
import { useRemovals } from "./removals.ts"
import { StateBadge } from "./secret-state.tsx"
import { SecretValue } from "./secret-value.tsx"
import { useVersions } from "./use-secret.ts"
import type { ListedSecret } from "./use-secrets.ts"
import { VersionHistory } from "./version-history.tsx"

export type SecretAction = "replace" | "edit"

interface SecretFactsProps {
  workspace: string
  secret: ListedSecret
  onAction(action: SecretAction): void
  onClose(): void
}

export const SecretFacts = ({ workspace, secret, onAction, onClose }: SecretFactsProps): ReactNode => {
  const mayReveal = useMay("reveal", workspace)
  const mayWrite = useMay("write", workspace)
  const removals = useRemovals()
  const remove = (): void => {
    removals.begin({ workspace, id: secret.id, key: secret.key, version: secret.version })
    onClose()
  }
  return (
    <div className="stack">
      {mayReveal ? <SecretValue workspace={workspace} secret={secret} /> : <p className="text-soft">You may not see its value: that needs the permission “reveal”.</p>}
      {mayWrite && (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => onAction("replace")} aria-label="Replace value">
            Replace
          </Button>
          <Button onClick={() => onAction("edit")} aria-label="Edit metadata and expiry">
            Edit
          </Button>
          <Button kind="danger" onClick={remove}>
            Remove
          </Button>
        </div>
      )}
      <Facts workspace={workspace} secret={secret} />
      <VersionHistory workspace={workspace} secret={secret} />
      <AgentUse workspace={workspace} name={secret.key} />
      <p className="text-sm text-soft">
        In a terminal: <Command>{`sotto get ${commandWord(secret.key)}`}</Command> <Command>{`sotto history ${commandWord(secret.key)}`}</Command>
      </p>
    </div>
  )
}

/** As a shell takes it for one word. */
const commandWord = (name: string): string => (/^[\w.:/@%+=-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`)

const Facts = ({ workspace, secret }: { workspace: string; secret: ListedSecret }): ReactNode => {
  const { data: versions } = useVersions(workspace, secret.id)
  const by = versions?.find(({ current }) => current)?.principal
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5">
      <Fact name="State">
        <StateBadge secret={secret} />
      </Fact>
      <Fact name="Version">
        {secret.version}
        {by !== undefined && `, by ${by.name} (${by.kind})`}
      </Fact>
      <Fact name="Updated">
        <Ago at={secret.updatedAt} />
      </Fact>
      <Fact name="Created">{exactText(secret.createdAt)}</Fact>
      <Fact name="Expires">{secret.expiresAt === undefined ? "never" : <Ago at={secret.expiresAt} />}</Fact>
      <Fact name="Last used">{secret.lastUsedAt === undefined ? "not that it was recorded" : <Ago at={secret.lastUsedAt} />}</Fact>
      <Fact name="Under key">version {secret.keyVersion}</Fact>
      {secret.metadata !== undefined && (
        <Fact name="Metadata">
          <pre className="max-h-48 overflow-auto text-sm wrap-anywhere whitespace-pre-wrap">{metadataText(secret.metadata)}</pre>
        </Fact>
      )}
    </dl>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }): ReactNode => (
  <>
    <dt className="text-soft">{name}</dt>
    <dd className="min-w-0 wrap-anywhere">{children}</dd>
  </>
)
