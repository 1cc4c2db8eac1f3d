import { readFile } from "node:fs/promises"
import type { Download, Locator, Page } from "playwright-core"
import { importKey } from "../../src/boxes/index.ts"

export const PASSPHRASE = "correct horse battery"

/** What a person does on the Boxes page. */
export const newBox = async (page: Page): Promise<string> => {
  await page.getByRole("button", { name: "Make a key and open a box" }).click()
  await page.getByRole("button", { name: "Lock", exact: true }).waitFor()
  return idOf(page)
}

export const idOf = async (page: Page): Promise<string> => (await page.locator("h1 + span code").getAttribute("title")) ?? ""

export const goTo = (page: Page, tab: "My secrets" | "People" | "Codes" | "Key"): Promise<void> => page.getByRole("tab", { name: tab, exact: true }).click()

export const put = async (page: Page, name: string, value: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> => {
  await goTo(page, "My secrets")
  await page.getByRole("button", { name: "New secret" }).click()
  await page.getByLabel("Name", { exact: true }).fill(name)
  if (typeof value === "string") await page.getByLabel("Value", { exact: true }).fill(value)
  else await page.getByLabel("Or from a file").setInputFiles(value)
  await page.getByRole("button", { name: "Encrypt and keep" }).click()
  await page.getByRole("dialog").waitFor({ state: "detached" })
}

export const openSecret = async (page: Page, name: string): Promise<void> => {
  await goTo(page, "My secrets")
  await page.getByRole("list", { name: "My secrets" }).getByRole("button", { name, exact: true }).click()
  await page.getByRole("dialog").waitFor()
}

export const close = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Close", exact: true }).click()
  await page.getByRole("dialog").waitFor({ state: "detached" })
}

/** @returns what stood there while the button was held */
export const hold = async (page: Page, work: (shown: Locator) => Promise<void> = async () => undefined): Promise<string> => {
  await page.getByRole("button", { name: "Hold to show" }).hover()
  await page.mouse.down()
  const shown = page.getByRole("dialog").locator("pre[role=status]")
  await shown.waitFor()
  const text = (await shown.textContent()) ?? ""
  await work(shown)
  await page.mouse.up()
  await shown.waitFor({ state: "detached" })
  return text
}

export const accept = async (page: Page, id: string, alias: string, until = "Never"): Promise<void> => {
  await goTo(page, "People")
  await page.getByRole("button", { name: "Accept a sender" }).click()
  await page.getByLabel("Their id").fill(id)
  await page.getByLabel("What you call them").fill(alias)
  await page.getByLabel("Until").selectOption({ label: until })
  await page.getByRole("button", { name: "Accept", exact: true }).click()
  await page.getByRole("heading", { name: "What they shared with you" }).waitFor()
}

export const share = async (page: Page, name: string, to: string, isOneTime = false): Promise<void> => {
  await openSecret(page, name)
  await page.getByRole("button", { name: "Share" }).click()
  await page.getByLabel("With whom").fill(to)
  if (isOneTime) await page.getByLabel("For one reading").check()
  await page.getByRole("dialog").getByRole("button", { name: "Share" }).click()
}

export const openPerson = async (page: Page, alias: string): Promise<void> => {
  await goTo(page, "People")
  await page.getByRole("button", { name: "Look again" }).click()
  await page.getByRole("list", { name: "People" }).getByRole("button", { name: alias }).click()
  await page.getByRole("dialog").waitFor()
}

/** @returns the file, sealed, and the key within */
export const saveKey = async (page: Page, { keep }: { keep: boolean }): Promise<{ sealed: string; secretKeyHex: string }> => {
  await goTo(page, "Key")
  await page.getByRole("tabpanel").getByRole("button", { name: "Save the key" }).click()
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE)
  await page.getByLabel("The same again").fill(PASSPHRASE)
  if (keep) await page.getByLabel("This browser, for this page").check()
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Encrypt and save" }).click()])
  const sealed = (await bytesOf(download)).toString()
  return { sealed, secretKeyHex: (await importKey(sealed, PASSPHRASE)).secretKeyHex }
}

export const bytesOf = async (download: Download): Promise<Buffer> => readFile(await download.path())

/** All that a page's origin keeps in this browser, as text. */
export const storageOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const { localStorage, sessionStorage, indexedDB } = globalThis as unknown as { localStorage: object; sessionStorage: object; indexedDB: IndexedDb }
    const databases = await indexedDB.databases()
    const kept = databases.map(
      ({ name, version }) =>
        new Promise((resolve, reject) => {
          const request = indexedDB.open(name, version)
          request.onerror = () => reject(new Error("the database does not open"))
          request.onsuccess = () => {
            const stores = [...request.result.objectStoreNames]
            const reading = request.result.transaction(stores)
            const rows: unknown[] = []
            for (const store of stores)
              for (const what of ["getAll", "getAllKeys"] as const) {
                const asked = reading.objectStore(store)[what]()
                asked.onsuccess = () => rows.push(asked.result)
              }
            reading.oncomplete = () => {
              request.result.close()
              resolve([name, rows])
            }
          }
        }),
    )
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, await Promise.all(kept)])
  })

interface IndexedDb {
  databases(): Promise<{ name: string; version: number }[]>
  open(name: string, version: number): {
    onsuccess: () => void
    onerror: () => void
    result: {
      objectStoreNames: Iterable<string>
      close(): void
      transaction(stores: string[]): { oncomplete: () => void; objectStore(name: string): Record<"getAll" | "getAllKeys", () => { onsuccess: () => void; result: unknown }> }
    }
  }
}
