import { useQuery, type UseQueryResult } from "@tanstack/react-query"
import type { Client } from "../../client/create-client.ts"
import { useSignedIn } from "../session/use-session.ts"
import type { ListedSecret } from "./use-secrets.ts"

export const findSecret = async (client: Client, workspace: string, name: string, signal?: AbortSignal): Promise<ListedSecret | null> => {
  const { page } = await client.listSecrets(workspace, { limit: 1, prefix: name }, { ...(signal && { signal }) })
  return page.find(({ key }) => key === name) ?? null
}

/** What is known of one secret, without its value; null where there is none. */
export const useSecret = (workspace: string, name: string): UseQueryResult<ListedSecret | null> => {
  const { client } = useSignedIn()
  return useQuery({ queryKey: ["secret", workspace, name], queryFn: ({ signal }) => findSecret(client, workspace, name, signal), staleTime: 0 })
}

export type SecretVersion = Awaited<ReturnType<Client["listVersions"]>>[number]

export const useVersions = (workspace: string, id: string | undefined): UseQueryResult<SecretVersion[]> => {
  const { client } = useSignedIn()
  return useQuery({
    queryKey: ["versions", workspace, id],
    queryFn: ({ signal }) => client.listVersions(workspace, id ?? "", { signal }),
    enabled: id !== undefined,
    staleTime: 0,
  })
}
