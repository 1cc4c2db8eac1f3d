import { useQuery } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { useEffect, type ReactNode } from "react"
import { useSignedIn } from "../session/use-session.ts"

/** A native list: it works by keyboard, by voice and on every phone. */
export const WorkspaceSwitcher = ({ workspace }: { workspace: string }): ReactNode => {
  const { client } = useSignedIn()
  const navigate = useNavigate()
  const { data } = useQuery({ queryKey: ["workspaces"], queryFn: ({ signal }) => client.listWorkspaces({ signal }) })
  const go = (w: string): void => void navigate({ to: ".", search: { w } })
  const known = data?.map(({ id }) => id) ?? []
  const isUnknown = known.length > 0 && !known.includes(workspace)
  const first = known[0]
  useEffect(() => {
    // whoever may not see `default` begins in the first that they may see
    if (isUnknown && workspace === "default" && first !== undefined) void navigate({ to: ".", search: { w: first }, replace: true })
  }, [isUnknown, workspace, first, navigate])
  const shown = known.includes(workspace) ? known : [workspace, ...known]
  return (
    <label className="flex min-w-0 flex-1 items-center sm:flex-none">
      <span className="sr-only">Workspace</span>
      <select className="input sm:max-w-52 truncate" value={workspace} onChange={(event) => go(event.target.value)}>
        {shown.map((id) => (
          <option key={id}>{id}</option>
        ))}
      </select>
    </label>
  )
}
