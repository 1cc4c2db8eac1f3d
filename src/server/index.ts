/**
 * The entry `sotto/server`: the HTTP server over an open store. It may assume Node; it sees plaintext only while it hands a
 * value to whoever may see it, and never logs one.
 */
export type { KeyAdministration } from "../core/access/add-key.ts"
export { createServer, type ServerOptions } from "./serve-store.ts"
export { listen, type Listening } from "./listen.ts"
export { readServerSettings, type LogSettings, type ServerSettings } from "./settings.ts"
