import { Injectable } from "@nestjs/common"
import { SecretError } from "../base/errors.ts"
import { changeByRef } from "../core/by-ref/change-by-ref.ts"
import { removeByRef } from "../core/by-ref/remove-by-ref.ts"
import { create } from "../core/create.ts"
import { getMany } from "../core/get-many.ts"
import { LIMITS } from "../core/limits.ts"
import { listItems, type ListedItem } from "../core/list-items.ts"
import { put } from "../core/put.ts"
import { forNest } from "./http-exception.ts"
import { injectParameters } from "./inject-parameters.ts"
import { SecretEntity } from "./secret-entity.ts"
import { SecretsHost } from "./secrets-host.ts"

interface Named {
  key: string
  value: string
}

/**
 * Secrets for the app's own code, which acts as whoever opened the store: values included. Failures are Nest's exceptions
 * (`NotFoundException` and others), whose `cause` is the `SecretError`. Every method throws where it is given no workspace.
 */
export class SecretService {
  readonly #host: SecretsHost

  constructor(host: SecretsHost) {
    this.#host = host
  }

  /** All of a workspace in the order of keys. Those that have expired, or whose encryption key is away, are not among them. */
  findAllByWorkspace(workspaceId: string): Promise<SecretEntity[]> {
    return forNest(async () => {
      assertWorkspace(workspaceId)
      const found: SecretEntity[] = []
      for (let cursor: string | null = null; ; ) {
        const { page, isDone, continueCursor } = await this.#page(workspaceId, cursor)
        found.push(...(await this.#withValues(workspaceId, page)))
        if (isDone) return found
        cursor = continueCursor
      }
    })
  }

  /** @throws HttpException 409 where the key is taken */
  create(workspaceId: string, secret: Named): Promise<SecretEntity> {
    return forNest(() => this.#write(create, workspaceId, secret))
  }

  /** Makes the secret or gives it a new version, in one transaction. */
  upsert(workspaceId: string, secret: Named): Promise<SecretEntity> {
    return forNest(() => this.#write(put, workspaceId, secret))
  }

  /** By id; without a value nothing changes. @throws NotFoundException */
  update(id: string, workspaceId: string, { value }: { value?: string }): Promise<SecretEntity> {
    return forNest(async () => {
      assertWorkspace(workspaceId)
      const { key } = await changeByRef(this.#host.ctx, { namespace: workspaceId, ref: id, ...(value !== undefined && { value }) })
      const [entity] = await this.#withValues(workspaceId, await this.#named(workspaceId, key))
      if (entity === undefined) throw new SecretError("not_found", `Secret with ID ${id} not found`)
      return entity
    })
  }

  /** With all its versions. @throws NotFoundException */
  delete(id: string, workspaceId: string): Promise<void> {
    return forNest(async () => {
      assertWorkspace(workspaceId)
      await removeByRef(this.#host.ctx, { namespace: workspaceId, ref: id })
    })
  }

  async #write(write: typeof create, workspaceId: string, { key, value }: Named): Promise<SecretEntity> {
    assertWorkspace(workspaceId)
    const { secretId: id, createdAt, updatedAt } = await write(this.#host.ctx, { namespace: workspaceId, name: key, value })
    return entityOf({ id, key, createdAt, updatedAt }, workspaceId, value)
  }

  #page(namespace: string, cursor: string | null) {
    return listItems(this.#host.ctx, { namespace, paginationOpts: { numItems: LIMITS.pageMaxItems, cursor } })
  }

  /** The one of that name: it is the first of those that begin so. */
  async #named(namespace: string, key: string): Promise<ListedItem[]> {
    const { page } = await listItems(this.#host.ctx, { namespace, prefix: key, paginationOpts: { numItems: 1, cursor: null } })
    return page.filter((item) => item.key === key)
  }

  async #withValues(namespace: string, items: readonly ListedItem[]): Promise<SecretEntity[]> {
    if (items.length === 0) return []
    const { secrets } = await getMany(this.#host.ctx, { namespace, names: items.map(({ key }) => key) })
    const values = new Map(secrets.map(({ name, value }) => [name, value]))
    return items.flatMap((item) => {
      const value = values.get(item.key)
      return value === undefined ? [] : [entityOf(item, namespace, value)]
    })
  }
}

injectParameters(SecretService, [SecretsHost])
Injectable()(SecretService)

/** The original's `undefined` meant every workspace there is. */
const assertWorkspace = (workspaceId: unknown): void => {
  if (typeof workspaceId !== "string" || workspaceId === "") throw new SecretError("invalid_argument", "a workspace id is required")
}

type Facts = Pick<ListedItem, "id" | "key" | "createdAt" | "updatedAt">

const entityOf = ({ id, key, createdAt, updatedAt }: Facts, workspaceId: string, value: string): SecretEntity =>
  SecretEntity.of({ id, key, value, workspaceId, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) })
