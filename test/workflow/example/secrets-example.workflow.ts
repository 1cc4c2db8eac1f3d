import "reflect-metadata"
import { join } from "node:path"
import { BaseWorkflow, GetSecretKeysTool, MarkdownDocument, RequestSecretsTool, SecretRequestDocument, Transition, Workflow } from "sotto/workflow"

interface SecretsState {
  secretKeys?: { key: string; hasValue: boolean }[]
}

/** As an app writes it: legacy decorators, injection by the constructor's types. */
@Workflow({ title: "Secrets example", description: "Asks for two secrets, waits, and lists what is there" })
export class SecretsExampleWorkflow extends BaseWorkflow<Record<string, unknown>, SecretsState> {
  constructor(
    private readonly requestSecrets: RequestSecretsTool,
    private readonly getSecretKeys: GetSecretKeysTool,
  ) {
    super()
  }

  @Transition({ to: "requesting_secrets" })
  async requestSecretsFromUser(state: SecretsState): Promise<SecretsState> {
    const variables = [{ key: "EXAMPLE_API_KEY" }, { key: "EXAMPLE_SECRET" }]
    await this.requestSecrets.call({ variables })
    await this.documentStore.save(SecretRequestDocument, { variables })
    return state
  }

  @Transition({ from: "requesting_secrets", to: "verifying", wait: true })
  async secretsSubmitted(state: SecretsState): Promise<SecretsState> {
    const result = await this.getSecretKeys.call({})
    return { ...state, secretKeys: result.data }
  }

  @Transition({ from: "verifying", to: "end" })
  async showResult(state: SecretsState): Promise<Record<string, never>> {
    await this.documentStore.save(MarkdownDocument, { markdown: this.render(join(TEMPLATES, "secrets.md"), { secretKeys: state.secretKeys }) })
    return {}
  }
}

const TEMPLATES = process.env.SOTTO_TEST_TEMPLATES ?? ""
