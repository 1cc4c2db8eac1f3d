import { utf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import type { BoxSecret } from "../../boxes/client/box-secret.ts"
import { assertNoAgent } from "../agent-shell.ts"
import { aliasOf, assertAlias, changeBoxProfile, idOf } from "../box-profile.ts"
import type { Call } from "../command.ts"
import { openBox } from "../open-box.ts"
import { readValue } from "../read-value.ts"
import { table } from "../table.ts"

const [first, second] = [0, 1].map((at) => ({ args }: Call): string => args[at] as string) as [(call: Call) => string, (call: Call) => string]

export const putSecret = async (call: Call): Promise<void> => {
  const name = first(call)
  const { client } = openBox(call.env)
  const value = await readValue(call, name)
  await client.setSecret(name, value)
  done(call, { name }, `Kept ${name} in your box`)
}

const done = ({ screen }: Call, facts: object, sentence: string): void => (screen.isJson ? screen.json(facts) : screen.note(sentence))

export const getSecret = async (call: Call): Promise<void> => {
  const { env, options, screen } = call
  assertNoAgent(env, "box get")
  const { client, profile } = openBox(env)
  const from = options.text("from")
  const sender = from === undefined ? null : idOf(profile, from)
  const secret = sender === null ? await client.readSecret(first(call)) : await client.readSecretFrom(sender, first(call))
  if (screen.isJson) screen.json({ name: first(call), value: secret.raw, ...(secret.value instanceof Uint8Array && { encoding: "base64url" }), ...factsOf(secret) })
  else {
    if (secret.freshness === "unknown" && sender !== null && screen.isTerminal.stderr) screen.note("This is the first value of that name that you read: it may be an older one.")
    screen.write(screen.isTerminal.stdout ? `${secret.raw}\n` : bytesOf(secret))
  }
}

const factsOf = ({ author, createdAt, freshness }: BoxSecret): object => ({ author, createdAt, freshness })

export const bytesOf = ({ value, raw }: BoxSecret): Uint8Array => (value instanceof Uint8Array ? value : utf8(raw))

export const listSecrets = async ({ env, screen }: Call): Promise<void> => {
  const { client, profile } = openBox(env)
  const listed = await client.list()
  if (listed.length === 0 && !screen.isJson) return screen.note("There is nothing in your box")
  const rows = listed.map(({ secretId, from, isOneTime }) => [secretId, from === undefined ? "" : aliasOf(profile, from), isOneTime ? "once" : ""])
  screen.show(listed, () => table(["NAME", "FROM", ""], rows))
}

export const removeSecret = async (call: Call): Promise<void> => {
  await openBox(call.env).client.deleteSecret(first(call))
  done(call, { name: first(call), removed: true }, `Removed ${first(call)} from your box`)
}

export const acceptSender = async (call: Call): Promise<void> => {
  const { env, options } = call
  const { client, profile } = openBox(env)
  const id = idOf(profile, first(call))
  const alias = options.text("as")
  if (alias !== undefined) assertFree(alias, profile.people, id)
  await client.acceptSecretsFrom(id, options.text("closes") ?? null)
  const name = alias ?? aliasOf(profile, id)
  if (alias !== undefined || options.flag("unsigned")) {
    const facts = { ...profile.people[name], id, ...(options.flag("unsigned") && { allowsUnsigned: true as const }) }
    await changeBoxProfile(env, (found) => ({ ...found, people: { ...found.people, [name]: facts } }))
  }
  done(call, { id, ...(alias !== undefined && { alias }) }, `You take secrets from ${name}. Compare keys once: sotto box verify ${name}`)
}

const assertFree = (alias: string, people: Readonly<Record<string, { id: string }>>, id: string): void => {
  assertAlias(alias)
  if (Object.hasOwn(people, alias) && people[alias]?.id !== id) throw new SecretError("already_exists", `somebody else is known as ${alias}`)
}

export const shareSecret = async (call: Call): Promise<void> => {
  const { client, profile } = openBox(call.env)
  const [name, who] = [first(call), second(call)]
  const recipient = idOf(profile, who)
  const secret = await client.readSecret(name)
  const isOnce = call.options.flag("once")
  await client.shareSecretTo(recipient, name, secret.value instanceof Uint8Array ? secret.value : secret.raw, isOnce)
  done(call, { name, recipient, isOneTime: isOnce }, `Shared ${name} with ${who}${isOnce ? ", to be read once" : ""}`)
}

export const revoke = async (call: Call): Promise<void> => {
  const { client, profile } = openBox(call.env)
  const [who, name] = [first(call), call.args[1]]
  const id = idOf(profile, who)
  if (name === undefined) {
    await client.stopAcceptSecretsFrom(id)
    return done(call, { id, accepted: false }, `You take nothing more from ${who}, and what they shared is gone`)
  }
  await client.deleteSharedSecret(id, name)
  done(call, { id, name, removed: true }, `Took ${name} back from ${who}, unless they have read it`)
}
