// Writes to the database that argv names until it is killed, and tells of each acknowledged commit by a line.
// Usage: node storage-child.ts DATABASE NAME COUNT ["hold"]: with "hold" it stays in its last transaction.
import { openStorage } from "../../src/storage/open-storage.ts"
import { eventRow, secretRow, versionRow } from "../storage-rows.ts"

const [database = "", name = "", count = "0", last] = process.argv.slice(2)
const storage = await openStorage({ database })

const put = (i: number, whenWritten: () => Promise<void>): Promise<void> =>
  storage.write(async (tx) => {
    const secret = secretRow(`${name} ${i}`)
    await tx.run("insertSecret", secret)
    await tx.run("insertVersion", versionRow(secret, { sealed: new Uint8Array(20_000).fill(i) }))
    await tx.one("appendEvent", eventRow({ name: secret.name, type: name }))
    await whenWritten()
  })

for (let i = 0; i < Number(count); i += 1) {
  await put(i, () => Promise.resolve())
  process.stdout.write(`${i}\n`)
}
if (last === "hold") {
  const keepAlive = setInterval(() => undefined, 60_000)
  await put(Number(count), () => {
    process.stdout.write("holding\n")
    return new Promise(() => keepAlive.ref())
  })
}
await storage.close()
