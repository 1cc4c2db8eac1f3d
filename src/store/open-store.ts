import { isSecretError, type SecretError } from "../base/errors.ts"
import { cleanupEvents, cleanupSecrets } from "../core/cleanup.ts"
import type { StoreContext } from "../core/context.ts"
import { get, getOrThrow } from "../core/get.ts"
import { getMany } from "../core/get-many.ts"
import { list } from "../core/list.ts"
import { listEvents } from "../core/list-events.ts"
import { maintain } from "../core/maintain.ts"
import { namespaces } from "../core/namespaces.ts"
import { put } from "../core/put.ts"
import { putMany } from "../core/put-many.ts"
import { remove } from "../core/remove.ts"
import { retireKey } from "../core/retire-key.ts"
import { rollback } from "../core/rollback.ts"
import { rotate } from "../core/rotate.ts"
import { isRotationComplete, rotationStatus } from "../core/rotation-status.ts"
import { CONTEXT } from "../core/store-context.ts"
import { update } from "../core/update.ts"
import type { UseCase } from "../core/use-case.ts"
import { versions } from "../core/versions.ts"
import { openContext, type OpenOptions, type OpenedContext } from "./open-context.ts"
import { assertOpenOptions } from "./open-options.ts"
import type { SecretStore } from "./secret-store.ts"

/**
 * Opens an encrypted secret store. One process may hold it for its whole life; several may hold the same database.
 * @throws SecretError `invalid_argument`, `invalid_keys`, `key_unavailable`, `schema_too_new`, `storage_unavailable`
 */
export const openStore = async <
  Namespace extends string = string,
  Metadata extends Record<string, unknown> = Record<string, unknown>,
>(
  options: OpenOptions,
): Promise<SecretStore<Namespace, Metadata>> => {
  assertOpenOptions(options)
  return storeOver<Namespace, Metadata>(await openContext(options))
}

const bind =
  <Args, Result>(ctx: StoreContext, useCase: UseCase<Args, Result>) =>
  (args: Args): Promise<Result> =>
    useCase(ctx, args)

/** The published methods over an open context. */
const storeOver = <Namespace extends string, Metadata extends Record<string, unknown>>({
  ctx,
  close,
}: OpenedContext): SecretStore<Namespace, Metadata> => {
  const stops = new Set<() => Promise<void>>()
  const store: SecretStore = {
    put: bind(ctx, put),
    putMany: bind(ctx, putMany),
    get: bind(ctx, get),
    getOrThrow: bind(ctx, getOrThrow),
    getMany: bind(ctx, getMany),
    update: bind(ctx, update),
    remove: bind(ctx, remove),
    versions: bind(ctx, versions),
    rollback: bind(ctx, rollback),
    list: bind(ctx, list),
    listEvents: bind(ctx, listEvents),
    namespaces: () => namespaces(ctx, {}),
    rotate: (args = {}) => rotate(ctx, args),
    rotationStatus: () => rotationStatus(ctx, {}),
    isRotationComplete: () => isRotationComplete(ctx, {}),
    retireKey: bind(ctx, retireKey),
    cleanupSecrets: (args = {}) => cleanupSecrets(ctx, args),
    cleanupEvents: (args = {}) => cleanupEvents(ctx, args),
    maintain: (options) => keepStop(stops, maintain(ctx, options)),
    close: async () => {
      for (const stop of stops) await stop()
      stops.clear()
      await close()
    },
  }
  Object.defineProperty(store, CONTEXT, { value: ctx })
  return store as unknown as SecretStore<Namespace, Metadata> // names and metadata are typed for the caller alone
}

/** Closing the store stops what still runs. */
const keepStop = (stops: Set<() => Promise<void>>, stop: () => Promise<void>): (() => Promise<void>) => {
  stops.add(stop)
  return () => {
    stops.delete(stop)
    return stop()
  }
}

/** Narrows an error to one of this store, whichever copy of the package threw it. */
export const isSecretStoreError = (error: unknown): error is SecretError => isSecretError(error)
