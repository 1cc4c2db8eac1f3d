import { requestRoutes } from "../api/request-routes.ts"
import { secretRoutes } from "../api/secret-routes.ts"
import { createRequestHandlers } from "../server/handlers/request-handlers.ts"
import { secretHandlers } from "../server/handlers/secret-handlers.ts"
import { injectParameters } from "./inject-parameters.ts"
import { mountContract } from "./mount-contract.ts"
import { SecretsHost } from "./secrets-host.ts"

/** The routes of secrets, as Sotto's server has them: a method for each, by the names of the OpenAPI document. */
export class SecretController {
  readonly host: SecretsHost

  constructor(host: SecretsHost) {
    this.host = host
  }
}

/** The routes of requests and policies: an app's own front end asks and answers by them. */
export class SecretRequestController {
  readonly host: SecretsHost

  constructor(host: SecretsHost) {
    this.host = host
  }
}

mountContract(SecretController, { routes: secretRoutes, handlers: () => secretHandlers })
mountContract(SecretRequestController, {
  routes: requestRoutes,
  handlers: ({ host: { options: { formsUrl } } }: SecretRequestController) =>
    createRequestHandlers((_request, requestId) => (formsUrl === undefined ? undefined : `${formsUrl.replace(/\/$/, "")}/r/${requestId}`)),
})
for (const target of [SecretController, SecretRequestController]) injectParameters(target, [SecretsHost])
