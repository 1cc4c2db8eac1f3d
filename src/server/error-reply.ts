import { STATUS_CODES } from "node:http"
import { ERROR_STATUS } from "../api/error-status.ts"
import type { ErrorAnswer } from "../api/error-answer.ts"
import type * as z from "zod/mini"
import { ERROR_CODES, isSecretError, type SecretErrorCode } from "../base/errors.ts"

export type ErrorBody = z.output<typeof ErrorAnswer>

/** What the framework finds wrong with a request, in words that repeat nothing of it. */
const FRAMEWORK_MESSAGES: Readonly<Record<number, string>> = {
  400: "the request is malformed; a body must be valid JSON",
  404: "there is no such route",
  405: "this route has no such method",
  408: "the request took too long to arrive",
  413: ERROR_CODES.payload_too_large,
  414: "the URL is too long",
  415: "the body must be application/json",
  431: "the headers are too large",
}

const FRAMEWORK_CODES: Readonly<Record<number, SecretErrorCode>> = { 404: "not_found", 413: "payload_too_large" }

export const errorBody = (statusCode: number, code: SecretErrorCode, message: string[]): ErrorBody => ({
  statusCode,
  error: STATUS_CODES[statusCode] ?? "Error",
  message,
  code,
})

/** The one shape of every failure. What is not ours to explain is `internal`, and says nothing of itself. */
export const errorReply = (error: unknown): ErrorBody => {
  if (isSecretError(error)) return errorBody(ERROR_STATUS[error.code], error.code, messagesOf(error))
  return frameworkError((error as { statusCode?: unknown }).statusCode)
}

const messagesOf = (error: { message: string; details: Record<string, unknown> }): string[] => {
  const { issues } = error.details
  return Array.isArray(issues) && issues.length > 0 ? issues.map(String) : [error.message]
}

export const frameworkError = (statusCode: unknown): ErrorBody => {
  const isClientError = typeof statusCode === "number" && statusCode >= 400 && statusCode < 500
  if (!isClientError) return errorBody(500, "internal", [ERROR_CODES.internal])
  const message = FRAMEWORK_MESSAGES[statusCode] ?? "the request cannot be served"
  return errorBody(statusCode, FRAMEWORK_CODES[statusCode] ?? "invalid_argument", [message])
}
