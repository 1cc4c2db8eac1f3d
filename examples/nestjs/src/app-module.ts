import { Module } from "@nestjs/common"
import { SecretsModule, WorkflowModule } from "sotto/nestjs"
import { authorize } from "./authorize.js"
import { WebhookController } from "./webhook-controller.js"
import { WebhookWorkflow } from "./webhook-workflow.js"

@Module({
  imports: [SecretsModule.forRoot({ authorize }), WorkflowModule],
  controllers: [WebhookController],
  providers: [WebhookWorkflow],
})
export class AppModule {}
