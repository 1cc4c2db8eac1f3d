/** What decorators leave on a class. Kept by a global symbol: an app may load this package as an ES module and as CommonJS. */
const META = Symbol.for("sotto.workflow.metadata")

export interface TransitionMeta {
  /** The method's name. */
  id: string
  from: string
  to: string
  isWait: boolean
  schema?: PayloadSchema
  errorPlace?: string
  timeoutMs?: number
  /** A method that says whether it may go. */
  guard?: string
}

/** As much of a zod schema as is needed. */
export interface PayloadSchema {
  safeParse(value: unknown): { success: true; data: unknown } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } }
}

export interface ClassMeta {
  kind?: "workflow" | "tool" | "document"
  name?: string
  title?: string
  description?: string
  widget?: unknown
  schema?: PayloadSchema
  /** Of a tool: must be the only call of a model's turn. */
  exclusive?: boolean
  transitions: TransitionMeta[]
  guards: Map<string, string>
}

// oxlint-disable-next-line typescript/no-explicit-any -- a constructor of anything
export type AnyClass<Instance = object> = abstract new (...args: any[]) => Instance

const ownMeta = (target: object): ClassMeta => {
  if (!Object.hasOwn(target, META)) {
    const inherited = (target as { [META]?: ClassMeta })[META]
    Object.defineProperty(target, META, { value: { transitions: [...(inherited?.transitions ?? [])], guards: new Map(inherited?.guards) } })
  }
  return (target as { [META]: ClassMeta })[META]
}

export const metaOf = (target: AnyClass | (new () => object)): ClassMeta | undefined => (target as { [META]?: ClassMeta })[META]

const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase()

/** `SecretsRequestWorkflow` is `secrets_request`. */
export const workflowName = (target: AnyClass): string => metaOf(target)?.name ?? snake(target.name.replace(/Workflow$/, ""))
export const documentName = (target: AnyClass): string => metaOf(target)?.name ?? snake(target.name.replace(/Document$/, ""))
export const toolName = (target: AnyClass): string => metaOf(target)?.name ?? target.name

interface ClassOptions {
  name?: string
  title?: string
  description?: string
  /** Where a console finds how to show it. */
  widget?: unknown
  schema?: PayloadSchema
}

export interface WorkflowOptions extends ClassOptions {
  stateSchema?: PayloadSchema
}

type ClassDecorator = (target: AnyClass) => void

const classDecorator = (kind: NonNullable<ClassMeta["kind"]>, options: ClassOptions): ClassDecorator => (target) => {
  Object.assign(ownMeta(target), { kind, ...options })
}

/** A sequence of steps that may wait for people. */
export const Workflow = (options: WorkflowOptions = {}): ClassDecorator => classDecorator("workflow", options)
/** What a workflow, or a model, can call. */
export const Tool = (options: ClassOptions & { exclusive?: boolean } = {}): ClassDecorator => classDecorator("tool", options)
/** What a workflow shows. */
export const Document = (options: ClassOptions = {}): ClassDecorator => classDecorator("document", options)

export interface TransitionOptions {
  /** Default `start`. */
  from?: string
  to: string
  /** Only when somebody resumes it. */
  wait?: boolean
  /** Of the payload that it is resumed with. */
  schema?: PayloadSchema
  /** Where the run goes when the method throws, instead of failing. */
  errorPlace?: string
  /** Milliseconds that a wait lasts at most; it then hears of `expired`. */
  timeout?: number
}

type MethodDecorator = (target: object, key: string | symbol) => void

/** A step: the method's name is its id. */
export const Transition = ({ from = "start", to, wait = false, schema, errorPlace, timeout }: TransitionOptions): MethodDecorator => (target, key) => {
  const meta = ownMeta(target.constructor)
  const transition: TransitionMeta = {
    id: String(key), from, to, isWait: wait, ...(schema && { schema }), ...(errorPlace !== undefined && { errorPlace }), ...(timeout !== undefined && { timeoutMs: timeout }),
  }
  meta.transitions = [...meta.transitions.filter(({ id }) => id !== transition.id), transition]
}

/** The step goes only where this method of the workflow gives true. */
export const Guard = (method: string): MethodDecorator => (target, key) => {
  ownMeta(target.constructor).guards.set(String(key), method)
}
