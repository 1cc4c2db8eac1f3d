import * as z from "zod/mini"
import { ERROR_CODES, type SecretErrorCode } from "../base/errors.ts"

/** Every answer that is no success. `message` is always an array; `code` is stable. */
export const ErrorAnswer = z.strictObject({
  statusCode: z.number(),
  /** The status in words. */
  error: z.string(),
  message: z.array(z.string()),
  code: z.enum(Object.keys(ERROR_CODES) as SecretErrorCode[]),
})
