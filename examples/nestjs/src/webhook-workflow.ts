import { BaseWorkflow, GetSecretKeysTool, MarkdownDocument, RequestSecretsTool, SecretRequestDocument, Transition, Workflow } from "sotto/workflow"

interface State {
  isReady?: boolean
}

/** Asks a person for the key that webhooks are signed with, and says when it is there. */
@Workflow({ title: "Webhook", description: "Sets up the signing of webhooks" })
export class WebhookWorkflow extends BaseWorkflow<Record<string, unknown>, State> {
  constructor(
    private readonly requestSecrets: RequestSecretsTool,
    private readonly getSecretKeys: GetSecretKeysTool,
  ) {
    super()
  }

  @Transition({ to: "asking" })
  async ask(): Promise<State> {
    const variables = [{ key: "WEBHOOK_KEY", description: "What the receiver checks signatures with" }]
    await this.requestSecrets.call({ variables })
    await this.documentStore.save(SecretRequestDocument, { variables })
    return {}
  }

  @Transition({ from: "asking", to: "answered", wait: true })
  async answered(): Promise<State> {
    const { data } = await this.getSecretKeys.call()
    return { isReady: data.some(({ key, hasValue }) => key === "WEBHOOK_KEY" && hasValue) }
  }

  @Transition({ from: "answered", to: "end" })
  async report({ isReady = false }: State): Promise<State> {
    await this.documentStore.save(MarkdownDocument, { markdown: isReady ? "Webhooks are signed." : "There is no key yet." })
    return {}
  }
}
