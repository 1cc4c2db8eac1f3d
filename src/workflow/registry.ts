import { SecretError } from "../base/errors.ts"
import { metaOf, workflowName, type AnyClass, type ClassMeta, type TransitionMeta } from "./metadata.ts"

/** Makes an instance of a class: an app's container, or the small one of this package. */
export type Resolve = <Instance extends object>(target: AnyClass<Instance>) => Instance | Promise<Instance>

export interface Registry {
  /** @throws SecretError `not_found` */
  find(name: string): { target: AnyClass; meta: ClassMeta }
  names(): string[]
}

/** The workflows that a host runs, by name; what is wrong with one is said at once. @throws TypeError */
export const createRegistry = (targets: readonly AnyClass[]): Registry => {
  const byName = new Map<string, { target: AnyClass; meta: ClassMeta }>()
  for (const target of targets) {
    const meta = metaOf(target)
    if (meta?.kind !== "workflow") throw new TypeError(`${target.name} is no class under @Workflow`)
    assertTransitions(target.name, meta)
    byName.set(workflowName(target), { target, meta })
  }
  return {
    names: () => [...byName.keys()],
    find: (name) => {
      const found = byName.get(name)
      if (found === undefined) throw new SecretError("not_found", "there is no such workflow here")
      return found
    },
  }
}

const assertTransitions = (name: string, { transitions, guards }: ClassMeta): void => {
  if (transitions.filter(({ from, isWait }) => from === "start" && !isWait).length === 0) throw new TypeError(`${name} has no transition from "start"`)
  for (const place of new Set(transitions.map(({ from }) => from))) {
    const open = transitions.filter(({ id, from, isWait }) => from === place && !isWait && !guards.has(id))
    if (open.length > 1) throw new TypeError(`${name} has two transitions from "${place}" and no guard between them`)
  }
}

/** The waits that a place offers. */
export const waitsAt = ({ transitions }: ClassMeta, place: string): TransitionMeta[] => transitions.filter(({ from, isWait }) => isWait && from === place)

const PARAMETERS = "design:paramtypes"

/** Makes classes from the types of their constructors' parameters, one instance of each: what `emitDecoratorMetadata` writes. */
export const createContainer = (given: ReadonlyMap<AnyClass, object> = new Map()): Resolve => {
  const made = new Map<AnyClass, object>(given)
  const resolve = <Instance extends object>(target: AnyClass<Instance>): Instance => {
    const present = made.get(target)
    if (present !== undefined) return present as Instance
    const reflect = Reflect as { getMetadata?: (key: string, target: object) => AnyClass[] | undefined }
    const parameters = reflect.getMetadata?.(PARAMETERS, target) ?? []
    const instance = new (target as new (...args: object[]) => Instance)(...parameters.map((parameter) => resolve(parameter)))
    made.set(target, instance)
    return instance
  }
  return resolve
}
