import { Injectable, Module, type OnApplicationBootstrap, type OnModuleDestroy } from "@nestjs/common"
import { DiscoveryModule, DiscoveryService, ModuleRef } from "@nestjs/core"
import { workflowRoutes } from "../api/workflow-routes.ts"
import { SecretError } from "../base/errors.ts"
import type { RunDocument, RunStatus, WorkflowHost, WorkflowRuns } from "../core/ports/workflow-runs.ts"
import type { Actor } from "../core/principal.ts"
import { createWorkflowHandlers } from "../server/handlers/workflow-handlers.ts"
import { createWorkflowsOver, type Workflows } from "../workflow/create-workflows.ts"
import { metaOf, type AnyClass } from "../workflow/metadata.ts"
import { injectParameters } from "./inject-parameters.ts"
import { mountContract } from "./mount-contract.ts"
import { SecretsModule } from "./secrets-module.ts"
import { SecretsHost } from "./secrets-host.ts"

/**
 * Runs the workflows of an app: every provider under `@Workflow`, made by Nest with what its constructor names. Runs begin once
 * the app has started and end with it; those that wait go on in whichever process runs then.
 */
export class WorkflowService implements WorkflowRuns, WorkflowHost, OnApplicationBootstrap, OnModuleDestroy {
  readonly #host: SecretsHost
  readonly #discovery: DiscoveryService
  readonly #modules: ModuleRef
  #workflows: Workflows | undefined

  constructor(host: SecretsHost, discovery: DiscoveryService, modules: ModuleRef) {
    this.#host = host
    this.#discovery = discovery
    this.#modules = modules
  }

  onApplicationBootstrap(): void {
    if (!this.#host.isEnabled) return
    const workflows = this.#discovery.getProviders().map(({ metatype }) => metatype as AnyClass | null).filter((target) => isWorkflow(target))
    this.#workflows = createWorkflowsOver(this.#host.ctx, { workflows, resolve: (target) => this.#modules.get(target as never, { strict: false }) })
  }

  async onModuleDestroy(): Promise<void> {
    await this.#workflows?.close()
    this.#workflows = undefined
  }

  /** Starts a run as whoever opened the store. @throws SecretError `not_found` where no such workflow is provided */
  start(name: string, args?: unknown, options?: { workspace?: string }): Promise<{ workflowId: string }> {
    return this.#running.start(name, args, options)
  }

  resume(id: string, transition: string, payload?: unknown): Promise<void> {
    return this.#running.resume(id, transition, payload)
  }

  cancel(id: string): Promise<void> {
    return this.#running.cancel(id)
  }

  status(id: string): Promise<RunStatus> {
    return this.#running.status(id)
  }

  documents(id: string): Promise<RunDocument[]> {
    return this.#running.documents(id)
  }

  /** The same, for somebody else. */
  as(actor: Actor): WorkflowRuns {
    return this.#running.as(actor)
  }

  /** Resolves once nothing is to be done now. */
  idle(): Promise<void> {
    return this.#running.idle()
  }

  get #running(): Workflows {
    if (this.#workflows === undefined) throw new SecretError("not_supported", "no workflows run: the app has not started, has ended, or has secrets switched off")
    return this.#workflows
  }
}

const isWorkflow = (target: AnyClass | null): target is AnyClass => typeof target === "function" && metaOf(target)?.kind === "workflow"

/** The routes of workflows, as Sotto's server has them. */
export class WorkflowController {
  readonly host: SecretsHost
  readonly workflows: WorkflowService

  constructor(host: SecretsHost, workflows: WorkflowService) {
    this.host = host
    this.workflows = workflows
  }
}

/** Durable workflows beside the secrets of an app. */
export class WorkflowModule {}

injectParameters(WorkflowService, [SecretsHost, DiscoveryService, ModuleRef])
Injectable()(WorkflowService)
mountContract(WorkflowController, { routes: workflowRoutes, handlers: ({ workflows }: WorkflowController) => createWorkflowHandlers({ workflows }) })
injectParameters(WorkflowController, [SecretsHost, WorkflowService])
Module({ imports: [SecretsModule, DiscoveryModule], controllers: [WorkflowController], providers: [WorkflowService], exports: [WorkflowService, SecretsModule] })(WorkflowModule)
