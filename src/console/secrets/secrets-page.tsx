import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { useSignedIn } from "../session/use-session.ts"

export const SecretsPage = ({ workspace }: { workspace: string }): ReactNode => {
  const { client } = useSignedIn()
  const { data } = useQuery({ queryKey: ["secrets", workspace], queryFn: () => client.listSecrets(workspace) })
  return <><h1>Secrets</h1><ul>{data?.page.map(({ key }) => <li key={key}>{key}</li>)}</ul></>
}
