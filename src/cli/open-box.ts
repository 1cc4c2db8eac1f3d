import { createClient, type BoxClient } from "../boxes/client/create-client.ts"
import { boxProfilePath, readBoxProfile, type BoxProfile } from "./box-profile.ts"
import { createStateFolder } from "./box-state-folder.ts"
import { plainly } from "./box-errors.ts"
import type { Call, Environment } from "./command.ts"

export interface OpenedBox {
  profile: BoxProfile
  client: BoxClient
}

/** One's own box. Nothing is asked of the server yet. @throws SecretError `not_found` */
export const openBox = (env: Environment): OpenedBox => {
  const profile = readBoxProfile(env)
  return { profile, client: clientOf(env, profile) }
}

/** Works with one's own box; what its server says is told as people say it. */
export const withBox = async <T>({ env }: Pick<Call, "env">, work: (box: OpenedBox) => Promise<T>): Promise<T> => {
  try {
    return await work(openBox(env))
  } catch (error) {
    throw plainly(error)
  }
}

/** A client of this key, which remembers what it saw beside the key's file, for each key apart. */
export const clientOf = (env: Environment, profile: BoxProfile, options: { authCode?: string; closureDate?: string } = {}): BoxClient =>
  createClient({
    serverURL: profile.server,
    secretKeyHex: profile.secretKeyHex,
    serverId: profile.serverId,
    state: createStateFolder(`${boxProfilePath(env)}-state`),
    allowUnsigned: Object.values(profile.people).filter(({ allowsUnsigned }) => allowsUnsigned).map(({ id }) => id),
    ...options,
  })
