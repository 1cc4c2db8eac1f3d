import { readFileSync } from "node:fs"
import Handlebars from "handlebars"
import { randomBase62 } from "../core/access/base62.ts"
import { DocumentStore, LinkDocument } from "./documents.ts"
import { workflowName, type AnyClass } from "./metadata.ts"
import { currentScope } from "./run-scope.ts"

export interface RunOptions {
  /** The transition of this run that hears of the other's end. */
  callback?: { transition: string; metadata?: unknown }
  /** How the other run is shown within this one. Default `inline`. */
  show?: "inline" | "link" | "hidden"
  label?: string
}

/** What a transition knows of its run. */
export interface RunContext<Args = Record<string, unknown>> {
  workflowId: string
  workspaceId: string
  userId: string
  args: Readonly<Args>
}

const ID_LENGTH = 22
export const newRunId = (randomBytes: (length: number) => Uint8Array): string => `run_${randomBase62(randomBytes, ID_LENGTH)}`

/** The class that workflows extend: `Args` are what a run is started with, `State` is what it keeps between its steps. */
export abstract class BaseWorkflow<Args extends object = Record<string, unknown>, State extends object = Record<string, unknown>> {
  readonly documentStore = new DocumentStore()

  /** Text of a Handlebars template. Everything that is put in is escaped for HTML. @throws where the file is missing */
  render(path: string, data: object = {}): string {
    return Handlebars.compile(readFileSync(path, "utf8"))(data)
  }

  /** Some of the state, beside what is there; committed with the transition. */
  assignState(state: Partial<State>): void {
    const { draft } = currentScope()
    draft.state = { ...draft.state, ...state }
  }

  setState(state: State): void {
    currentScope().draft.state = { ...state } as Record<string, unknown>
  }

  assignResult(result: object): void {
    const { draft } = currentScope()
    draft.result = { ...(draft.result as object | null), ...result }
  }

  setResult(result: unknown): void {
    currentScope().draft.result = result
  }

  /**
   * Starts a run of this workflow as a child of the present one. It begins when the present transition is committed, and never
   * where that fails.
   */
  async run(args: Args, { callback, show = "inline", label }: RunOptions = {}): Promise<{ workflowId: string }> {
    const { draft, ctx } = currentScope()
    const name = workflowName(this.constructor as AnyClass)
    const id = newRunId(ctx.randomBytes)
    draft.children.push({ id, name, args, ...(callback && { callback }) })
    const isInline = show === "inline"
    if (show !== "hidden")
      await this.documentStore.save(LinkDocument, { label: label ?? name, workflowId: id, embed: isInline, expanded: isInline }, { key: `link_${id}` })
    return { workflowId: id }
  }
}
