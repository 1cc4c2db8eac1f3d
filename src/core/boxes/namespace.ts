/** Behind a control character, which no workspace's name may hold. */
const PREFIX = "\u0001box/"

/** Where the secrets of a space lie. A space that is opened again is another, so nothing of before comes back. */
export const namespaceOfSpace = (spaceId: string): string => PREFIX + spaceId

export const isBoxNamespace = (namespace: string): boolean => namespace.startsWith(PREFIX)
