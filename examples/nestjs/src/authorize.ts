import { createHash, timingSafeEqual } from "node:crypto"
import type { Caller } from "sotto/nestjs"

interface AnyRequest {
  headers: { authorization?: string }
}

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Who a request comes from. An app asks its own sessions here; this one knows a single person, by a token. */
export const authorize = ({ headers: { authorization = "" } }: AnyRequest): Caller | null => {
  const token = process.env.APP_TOKEN ?? ""
  const isRight = timingSafeEqual(hashOf(authorization), hashOf(`Bearer ${token}`))
  if (token === "" || !isRight) return null
  return { id: "operator", grants: [{ pattern: "default", permissions: ["list", "write", "request"] }] }
}
