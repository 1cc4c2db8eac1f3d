import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { execText, httpText } from "../../core/policy/rule-text.ts"
import { Command } from "../parts/command.tsx"
import { useSignedIn } from "../session/use-session.ts"

/** What an agent may do with a secret without seeing it. */
export const AgentUse = ({ workspace, name }: { workspace: string; name: string }): ReactNode => {
  const { client } = useSignedIn()
  const { data } = useQuery({ queryKey: ["policy", workspace, name], queryFn: ({ signal }) => client.showPolicy(workspace, name, { signal }) })
  if (data === undefined) return null
  const { policy } = data
  const rules = policy === null ? [] : [...policy.exec.map((rule) => execText(name, rule)), ...policy.http.map((rule) => httpText(name, rule))]
  return (
    <section aria-label="Agents">
      <h2 className="font-semibold">What agents may do with it</h2>
      {rules.length === 0 && (
        <p className="mt-1 text-soft">
          Nothing. <Command>sotto policy allow</Command> lets them use it without seeing it.
        </p>
      )}
      {policy?.suspendedAt !== undefined && <p className="mt-1 text-warn">Suspended, until somebody allows it again.</p>}
      <ul className="mt-1 list-disc pl-5">
        {rules.map((rule) => (
          <li key={rule} className="wrap-anywhere">
            {rule}
          </li>
        ))}
      </ul>
    </section>
  )
}
