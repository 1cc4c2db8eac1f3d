import { SecretError } from "../../base/errors.ts"
import { NODE_ID_CODE } from "../../boxes/protocol/routes.ts"

const NO_SUCH_ROUTE = 404

/** Whether a server keeps boxes: one that does says who it is. @throws SecretError `server_unreachable` */
export const servesBoxes = async (origin: string, signal: AbortSignal): Promise<boolean> => {
  try {
    const body = JSON.stringify({ authCode: NODE_ID_CODE })
    const { status } = await fetch(`${origin}/boxes/getNodeId`, { method: "POST", headers: { "content-type": "application/json" }, credentials: "omit", body, signal })
    return status !== NO_SUCH_ROUTE
  } catch (cause) {
    throw new SecretError("server_unreachable", "the server does not answer", { cause })
  }
}
