import { utf8 } from "../base/bytes.ts"
import type { BoxReader } from "../providers/box.ts"
import { idOf } from "./box-profile.ts"
import type { Environment } from "./command.ts"
import { openBox } from "./open-box.ts"

/** `box://` for this command line: `me` is one's own box. */
export const createBoxReader = (env: Environment): BoxReader => {
  const { client, profile } = openBox(env)
  const senderId = (sender: string): string => (sender === "me" ? sender : idOf(profile, sender))
  return {
    senderId,
    read: async ({ sender, name }) => {
      const { value, raw } = sender === "me" ? await client.readSecret(name) : await client.readSecretFrom(senderId(sender), name)
      return value instanceof Uint8Array ? value : utf8(raw)
    },
  }
}
