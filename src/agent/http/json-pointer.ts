import { SecretError } from "../../base/errors.ts"
import { foldCase } from "./credential-names.ts"

type Node = Record<string, unknown> | unknown[]

/**
 * Puts a value at a pointer (RFC 6901) of a JSON document, in place. Nothing is built on the way to it; what stood
 * there, under this name or one that differs in case alone, is removed.
 * @returns whether something stood there
 * @throws SecretError `invalid_argument` where the document has no such place
 */
export const putAtPointer = (document: unknown, pointer: string, value: string): boolean => {
  const names = pointer.split("/").slice(1).map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
  const last = names.pop() as string
  let node = asNode(document)
  let wasTaken = false
  for (const name of names) {
    wasTaken = removeOtherCases(node, name) || wasTaken
    node = asNode(ownValue(node, name))
  }
  wasTaken = removeOtherCases(node, last) || ownValue(node, last) !== undefined || wasTaken
  setOwn(node, last, value)
  return wasTaken
}

const noPlace = (): SecretError => new SecretError("invalid_argument", "The body has no place for the secret: its rule names one inside an object or array")

const asNode = (value: unknown): Node => {
  if (typeof value !== "object" || value === null) throw noPlace()
  return value as Node
}

const ownValue = (node: Node, name: string): unknown => (Object.hasOwn(node, name) ? (node as Record<string, unknown>)[name] : undefined)

/** Defined, not assigned: a name may be one that assigning treats in another way, such as `__proto__`. */
const setOwn = (node: Node, name: string, value: unknown): void => {
  if (Array.isArray(node) && !isPlaceOf(node, name)) throw noPlace()
  Object.defineProperty(node, name, { value, writable: true, enumerable: true, configurable: true })
}

/** An element that is there, or the one behind the last: no holes. */
const isPlaceOf = (list: readonly unknown[], name: string): boolean => /^(0|[1-9][0-9]{0,8})$/.test(name) && Number(name) <= list.length

const removeOtherCases = (node: Node, name: string): boolean => {
  if (Array.isArray(node)) return false
  const others = Object.keys(node).filter((each) => each !== name && foldCase(each) === foldCase(name))
  for (const other of others) delete node[other]
  return others.length > 0
}
