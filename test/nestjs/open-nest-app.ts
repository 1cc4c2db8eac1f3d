import "reflect-metadata"
import { Module, type INestApplication, type ModuleMetadata } from "@nestjs/common"
import { NestFactory } from "@nestjs/core"
import { ExpressAdapter } from "@nestjs/platform-express"
import { FastifyAdapter } from "@nestjs/platform-fastify"
import type { Answer, Sent } from "../open-test-server.ts"

export type Adapter = "express" | "fastify"

export interface NestApp {
  app: INestApplication
  /** A request; below `/api/v1` where the path does not begin with a dot, which stands for the root. */
  call(method: string, path: string, sent?: Sent): Promise<Answer>
  close(): Promise<void>
}

/** A class under `@Module`. */
export const moduleOf = (metadata: ModuleMetadata): new () => object => {
  class AppModule {}
  Module(metadata)(AppModule)
  return AppModule
}

/** An app on a free port of loopback, on one of Nest's own adapters. */
export const openNestApp = async (adapter: Adapter, metadata: ModuleMetadata): Promise<NestApp> => {
  const app = await NestFactory.create(moduleOf(metadata), adapter === "express" ? new ExpressAdapter() : new FastifyAdapter(), { logger: false, abortOnError: false })
  await app.listen(0, "127.0.0.1")
  const url = await app.getUrl()
  return {
    app,
    call: async (method, path, { token, body, headers } = {}) => {
      const target = path.startsWith(".") ? path.slice(1) : `/api/v1${path}`
      const response = await fetch(url + target, {
        method,
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...(body !== undefined && { "content-type": "application/json" }), ...headers },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: parse(text), text, headers: Object.fromEntries(response.headers) }
    },
    close: () => app.close(),
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
