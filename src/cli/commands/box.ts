import { utf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import type { BoxSecret } from "../../boxes/client/box-secret.ts"
import { assertNoAgent, assertPersonsShell } from "../agent-shell.ts"
import { aliasOf, assertAlias, changeBoxProfile, idOf } from "../box-profile.ts"
import type { Call } from "../command.ts"
import { withBox } from "../open-box.ts"
import { readValue } from "../read-value.ts"
import { table } from "../table.ts"
import { visible } from "../visible.ts"

const [first, second] = [0, 1].map((at) => ({ args }: Call): string => args[at] as string) as [(call: Call) => string, (call: Call) => string]

export const putSecret = (call: Call): Promise<void> =>
  withBox(call, async ({ client }) => {
    const name = first(call)
    await client.setSecret(name, await readValue(call, name))
    done(call, { name }, `Kept ${name} in your box`)
  })

const done = ({ screen }: Call, facts: object, sentence: string): void => (screen.isJson ? screen.json(facts) : screen.note(sentence))

export const getSecret = (call: Call): Promise<void> => {
  assertNoAgent(call.env, "box get")
  return withBox(call, async ({ client, profile }) => {
    const from = call.options.text("from")
    const secret = from === undefined ? await client.readSecret(first(call)) : await client.readSecretFrom(idOf(profile, from), first(call))
    show(call, secret, from !== undefined)
  })
}

const show = ({ screen }: Call, secret: BoxSecret, isShared: boolean): void => {
  const { secretId, value, raw, author, createdAt, freshness } = secret
  if (screen.isJson) return screen.json({ name: secretId, value: raw, ...(value instanceof Uint8Array && { encoding: "base64url" }), author, createdAt, freshness })
  if (freshness === "unknown" && isShared && screen.isTerminal.stderr) screen.note("It is the first of that name that you read: there may be a newer one that the server keeps back.")
  screen.write(screen.isTerminal.stdout ? `${isShared ? visible(raw) : raw}\n` : bytesOf(secret))
}

const bytesOf = ({ value, raw }: BoxSecret): Uint8Array => (value instanceof Uint8Array ? value : utf8(raw))

export const listSecrets = (call: Call): Promise<void> =>
  withBox(call, async ({ client, profile }) => {
    const { screen } = call
    const listed = (await client.list()).toSorted((a, b) => compare(a.from ?? "", b.from ?? "") || compare(a.secretId, b.secretId))
    if (listed.length === 0 && !screen.isJson) return screen.note("There is nothing in your box")
    const rows = listed.map(({ secretId, from, isOneTime }) => [visible(secretId), from === undefined ? "" : aliasOf(profile, from), isOneTime ? "once" : ""])
    screen.show(listed, () => table(["NAME", "FROM", ""], rows))
  })

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

export const removeSecret = (call: Call): Promise<void> =>
  withBox(call, async ({ client }) => {
    await client.deleteSecret(first(call))
    done(call, { name: first(call), removed: true }, `Removed ${first(call)} from your box`)
  })

export const acceptSender = (call: Call): Promise<void> => {
  assertPersonsShell(call.env, "box accept")
  return withBox(call, async ({ client, profile }) => {
    const { env, options } = call
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
  })
}

const assertFree = (alias: string, people: Readonly<Record<string, { id: string }>>, id: string): void => {
  assertAlias(alias)
  if (Object.hasOwn(people, alias) && people[alias]?.id !== id) throw new SecretError("already_exists", `somebody else is known as ${alias}`)
}

export const shareSecret = (call: Call): Promise<void> => {
  assertPersonsShell(call.env, "box share")
  return withBox(call, async ({ client, profile }) => {
    const [who, name] = [first(call), second(call)]
    const recipient = idOf(profile, who)
    const secret = await client.readSecret(name)
    const isOneTime = call.options.flag("once")
    await client.shareSecretTo(recipient, name, secret.value instanceof Uint8Array ? secret.value : secret.raw, isOneTime)
    done(call, { name, recipient, isOneTime }, `Shared ${name} with ${who}${isOneTime ? ", to be read once" : ""}`)
  })
}

export const revoke = (call: Call): Promise<void> =>
  withBox(call, async ({ client, profile }) => {
    const [who, name] = [first(call), call.args[1]]
    const id = idOf(profile, who)
    if (name === undefined) {
      await client.stopAcceptSecretsFrom(id)
      if (Object.values(profile.people).some((each) => each.id === id && each.allowsUnsigned)) await wantSigned(call, id)
      return done(call, { id, accepted: false }, `You take nothing more from ${who}, and what they shared is gone`)
    }
    await client.deleteSharedSecret(id, name)
    done(call, { id, name, removed: true }, `Took ${name} back from ${who}, unless they have read it`)
  })

/** Accepting them again is not to bring back what was said of them before. */
const wantSigned = async ({ env }: Call, id: string): Promise<void> => {
  await changeBoxProfile(env, (found) => {
    const people = Object.entries(found.people).map(([alias, { allowsUnsigned, ...person }]) => [alias, { ...person, ...(allowsUnsigned && person.id !== id && { allowsUnsigned }) }])
    return { ...found, people: Object.fromEntries(people) as typeof found.people }
  })
}
