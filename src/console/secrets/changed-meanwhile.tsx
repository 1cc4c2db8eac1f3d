import type { ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { useVersions } from "./use-secret.ts"
import type { ListedSecret } from "./use-secrets.ts"

interface ChangedMeanwhileProps {
  workspace: string
  /** What the form began with. */
  base: ListedSecret
  now: ListedSecret
  /** The person has seen it, and goes on. */
  onAccept(): void
}

/** Somebody else was quicker: the person is told before they overwrite anything. */
export const ChangedMeanwhile = ({ workspace, base, now, onAccept }: ChangedMeanwhileProps): ReactNode => {
  const { data } = useVersions(workspace, now.id)
  if (base.version === now.version && base.updatedAt === now.updatedAt) return null
  const by = data?.find(({ current }) => current)?.principal?.name
  return (
    <div role="alert" className="rounded-md bg-warn-soft px-3 py-2 wrap-anywhere">
      <p className="font-medium text-warn">
        {now.version === base.version ? "Its metadata or expiry changed while you were typing." : `It changed while you were typing: version ${now.version}${by === undefined ? "" : ` by ${by}`}.`}
      </p>
      <p className="mt-1 text-sm">Saving now would put yours above it. Nothing of yours is stored yet.</p>
      <Button className="mt-2" onClick={onAccept}>
        Go on with mine
      </Button>
    </div>
  )
}
