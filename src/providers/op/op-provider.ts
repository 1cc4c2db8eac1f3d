import type { Provider } from "../../core/ports/provider.ts"
import { parseOpReference, type OpReference } from "../../core/references/op-reference.ts"
import { defineProvider } from "../define-provider.ts"
import type { ConnectOp } from "./op-client.ts"
import { DEFAULT_TOKEN_VARIABLE, opTokenOf, tokenVariableOf } from "./op-token.ts"

/** `op://vault/item/field`, with a service account of 1Password. */
export const createOpProvider = (connect: ConnectOp): Provider<OpReference> =>
  defineProvider<OpReference>({
    scheme: "op",
    parse: parseOpReference,
    guardedVariables: (_references, { config }) => [...new Set([tokenVariableOf(config), DEFAULT_TOKEN_VARIABLE])].map((name) => ({ name, isSecret: true })),
    open: async (setting) => {
      const token = opTokenOf(setting)
      const { openOp } = await import("./open-op.ts")
      return openOp(await connect(token))
    },
  })
