import { createHmac } from "node:crypto"
import { Body, Controller, Post, ServiceUnavailableException } from "@nestjs/common"
import { SecretService } from "sotto/nestjs"

/** Uses a secret where the app needs it: whoever calls sees the signature and never the key. */
@Controller("webhooks")
export class WebhookController {
  constructor(private readonly secrets: SecretService) {}

  @Post()
  async sign(@Body() event: object): Promise<{ signature: string }> {
    const secret = (await this.secrets.findAllByWorkspace("default")).find(({ key }) => key === "WEBHOOK_KEY")
    if (secret === undefined) throw new ServiceUnavailableException("nobody has given the signing key yet")
    return { signature: createHmac("sha256", secret.value).update(JSON.stringify(event)).digest("hex") }
  }
}
