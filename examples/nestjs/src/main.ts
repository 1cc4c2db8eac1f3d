import "reflect-metadata"
import { NestFactory } from "@nestjs/core"
import { AppModule } from "./app-module.js"

const start = async (): Promise<void> => {
  const app = await NestFactory.create(AppModule, { logger: ["error", "warn"] })
  app.enableShutdownHooks() // the store and the runs of workflows end with the app
  await app.listen(process.env.PORT ?? 3000, "127.0.0.1")
  process.stdout.write(`listening on ${await app.getUrl()}\n`)
}

void start()
