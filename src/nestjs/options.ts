import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency } from "@nestjs/common"
import type { Grant, PrincipalKind } from "../core/principal.ts"
import type { OpenOptions } from "../store/open-context.ts"

/** Who a request comes from, as the app knows them. */
export interface Caller {
  /** Stands in events; a run or a request belongs to it. */
  id: string
  /** Default: the id. */
  name?: string
  /** Default `person`. An agent never reads, writes or administers, whatever its grants say. */
  kind?: PrincipalKind
  /** The person whom an agent's requests ask; default: the caller. */
  owner?: string
  /** Permissions on workspaces: a pattern is an id, a prefix with `*` at its end, or `*`. */
  grants: readonly Grant[]
}

/**
 * Says who a request of the app's own kind (Express's or Fastify's) comes from; null and undefined are nobody, and answered 401.
 * What it throws is answered as the app answers it.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the app knows which adapter it runs on
export type Authorize = (request: any) => Caller | null | undefined | Promise<Caller | null | undefined>

export interface SecretsModuleOptions extends Partial<OpenOptions> {
  /** What `openStore` gave; the app closes it. Else `database` and `keys` open one, whose reads leave events; else the environment does, as for the command line. */
  store?: object
  /** Without it every route answers 401. */
  authorize?: Authorize
  /** Where `sotto serve` shows forms of this store to people: requests then say where theirs is. */
  formsUrl?: string
}

export interface SecretsModuleAsyncOptions extends Pick<ModuleMetadata, "imports"> {
  inject?: (InjectionToken | OptionalFactoryDependency)[]
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever `inject` names
  useFactory: (...args: any[]) => SecretsModuleOptions | Promise<SecretsModuleOptions>
}

/** Tokens of an app that loads this package twice, as ES module and as CommonJS, are the same. */
export const OPTIONS = Symbol.for("sotto.nestjs.options")
export const FEATURE = Symbol.for("sotto.nestjs.feature")

export interface Feature {
  enabled: boolean
}
