import { HttpException, Logger, NotFoundException } from "@nestjs/common"
import { ERROR_CODES, isSecretError } from "../base/errors.ts"
import { errorReply } from "../server/error-reply.ts"

/**
 * The same failure for Nest: its answer is the one of Sotto's server, its `cause` the error itself. What is not Sotto's is
 * logged by name alone, and answered without a word of it. An exception of the app's own stays as it is.
 */
export const toHttpException = (error: unknown): HttpException => {
  if (error instanceof HttpException) return error
  if (!isSecretError(error)) new Logger("sotto").error(error instanceof Error ? `${error.name} in a route of secrets\n${placesOf(error)}` : ERROR_CODES.internal)
  const body = errorReply(error)
  const exception = body.statusCode === 404 ? new NotFoundException(body, { cause: error }) : new HttpException(body, body.statusCode, { cause: error })
  exception.message = body.message.join("; ")
  return exception
}

/** Where it came from, without its message, which may repeat anything. */
const placesOf = ({ stack = "" }: Error): string =>
  stack.split("\n").filter((line) => line.trimStart().startsWith("at ")).join("\n")

/** Runs `work`; what it throws becomes an exception of Nest. */
export const forNest = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    throw toHttpException(error)
  }
}
