import { Module, type DynamicModule, type FactoryProvider } from "@nestjs/common"
import { SecretError } from "../base/errors.ts"
import { RequestSecretsTask } from "../workflow/request-secrets-task.ts"
import { SecretsRequestWorkflow } from "../workflow/secrets-request-workflow.ts"
import { SyncSecretsTool } from "../workflow/sync-secrets-tool.ts"
import { GetSecretKeysTool, RequestSecretsTool } from "../workflow/tools.ts"
import { SecretController, SecretRequestController } from "./controllers.ts"
import { FEATURE, OPTIONS, type Feature, type SecretsModuleAsyncOptions, type SecretsModuleOptions } from "./options.ts"
import { SecretService } from "./secret-service.ts"
import { openHost, SecretsHost } from "./secrets-host.ts"

/** Holds what `forRoot` was given, for the whole app. */
class SecretsRoot {}
/** Holds whether the feature is on, for the whole app. */
class SecretsFeature {}
Module({})(SecretsRoot)
Module({})(SecretsFeature)

/**
 * An app's secrets: `SecretService`, the routes, the tools of workflows. Imported bare it opens the store that the environment
 * names, as the command line does, and its routes let nobody in; `forRoot` says otherwise, once, for all that import it.
 */
export class SecretsModule {
  static forRoot(options: SecretsModuleOptions = {}): DynamicModule {
    return root([], { provide: OPTIONS, useFactory: () => options })
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: SecretsModuleAsyncOptions): DynamicModule {
    return root(imports, { provide: OPTIONS, inject, useFactory })
  }

  /** `enabled: false` switches secrets off in the whole app: no store is opened, routes answer 404, service and tools refuse. */
  static forFeature({ enabled = true }: Partial<Feature> = {}): DynamicModule {
    return { module: SecretsFeature, global: true, imports: [SecretsModule], providers: [{ provide: FEATURE, useValue: { enabled } }], exports: [FEATURE, SecretsModule] }
  }
}

const root = (imports: NonNullable<DynamicModule["imports"]>, options: FactoryProvider): DynamicModule => ({
  module: SecretsRoot,
  global: true,
  imports: [...imports, SecretsModule],
  providers: [options],
  exports: [OPTIONS, SecretsModule],
})

/** A tool that works where secrets are on; there every call of it is refused. */
const tool = (target: new () => object): FactoryProvider => ({
  provide: target,
  inject: [SecretsHost],
  useFactory: ({ isEnabled }: SecretsHost) => {
    const made = new target()
    return isEnabled ? made : Object.assign(made, { handle: refuse, complete: refuse })
  },
})

const refuse = async (): Promise<never> => {
  throw new SecretError("not_supported", "secrets are switched off in this app")
}

const optional = (token: symbol) => ({ token, optional: true })
const own = [SecretService, tool(GetSecretKeysTool), tool(RequestSecretsTool), tool(RequestSecretsTask), tool(SyncSecretsTool)]
const shared = [SecretsHost, SecretService, GetSecretKeysTool, RequestSecretsTool, RequestSecretsTask, SyncSecretsTool, SecretsRequestWorkflow]

Module({
  controllers: [SecretController, SecretRequestController],
  providers: [{ provide: SecretsHost, inject: [optional(OPTIONS), optional(FEATURE)], useFactory: openHost }, ...own, { provide: SecretsRequestWorkflow, useFactory: () => new SecretsRequestWorkflow() }],
  exports: shared,
})(SecretsModule)
