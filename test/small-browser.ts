import { createContext, runInContext } from "node:vm"
import type { TestServer } from "./open-test-server.ts"

/** As much of a browser as the sign-in page's script touches, in front of a server that is asked directly. */
export interface SmallBrowser {
  /** Runs the page's script as if the page had just been opened, until it has done its work. */
  visit(script: string, hash: string): Promise<void>
  /** Sends the form with this action, as it stands on the page. */
  submit(action: string): Promise<void>
  content(): string
  address(): string
  kept(name: string): string | undefined
}

type Listener = (event: unknown) => void

const nodeOf = (html: string) => ({
  html,
  querySelector: (selector: string) => {
    if (selector === "input[name=code]") return html.includes('name="code"') ? { value: "" } : null
    if (selector !== "input[name=session]") throw new Error(`the small browser does not know ${selector}`)
    const value = /name="session" value="([^"]*)"/.exec(html)?.[1]
    return value === undefined ? null : { value }
  },
})

export const createBrowser = (server: TestServer): SmallBrowser => {
  const storage = new Map<string, string>()
  let cookie = ""
  let main = ""
  let path = "/"
  let onSubmit: Listener = () => undefined
  let pending: Promise<unknown> = Promise.resolve()

  const ask = async (action: string, { body }: { body: URLSearchParams }) => {
    const answer = await server.call("POST", `.${action}`, {
      body: body.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", cookie, origin: "http://localhost" },
    })
    const set = answer.headers["set-cookie"]
    if (set !== undefined) cookie = `${set as string}`.split(";")[0] ?? ""
    return { text: async () => answer.text }
  }
  const settled = async (): Promise<void> => {
    await pending
    await new Promise((resolve) => setImmediate(resolve))
  }
  const globals = (hash: string) => ({
    URLSearchParams,
    FormData: class {
      constructor(form: { html: string }) {
        return new URLSearchParams([["session", nodeOf(form.html).querySelector("input[name=session]")?.value ?? ""]])
      }
    },
    location: { hash, pathname: "/" },
    history: { replaceState: (_state: unknown, _title: string, to: string) => (path = to) },
    localStorage: {
      getItem: (name: string) => storage.get(name) ?? null,
      setItem: (name: string, value: string) => storage.set(name, value),
      removeItem: (name: string) => storage.delete(name),
    },
    DOMParser: class {
      parseFromString(html: string) {
        return { querySelector: () => nodeOf(/<main>([\s\S]*)<\/main>/.exec(html)?.[1] ?? "") }
      }
    },
    document: {
      querySelector: () => ({ replaceWith: (next: { html: string }) => (main = next.html) }),
      adoptNode: (node: unknown) => node,
      addEventListener: (type: string, listener: Listener) => {
        if (type === "submit") onSubmit = listener
      },
    },
    fetch: (action: string, init: { body: URLSearchParams }) => {
      const answer = ask(action, init)
      pending = answer
      return answer
    },
  })
  return {
    visit: async (script, hash) => {
      path = `/${hash}`
      runInContext(script, createContext(globals(hash)))
      await settled()
    },
    submit: async (action) => {
      const html = new RegExp(`<form[^>]*action="${action}"[\\s\\S]*?</form>`).exec(main)?.[0] ?? ""
      onSubmit({ preventDefault: () => undefined, target: { html, getAttribute: () => action }, submitter: null })
      await settled()
    },
    content: () => main,
    address: () => path,
    kept: (name) => storage.get(name),
  }
}
