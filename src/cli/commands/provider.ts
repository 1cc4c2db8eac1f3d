import type { ConnectOp } from "../../providers/op/op-client.ts"
import { opCommands } from "../op-commands.ts"

/** The SDK is loaded when a command has everything else that it needs. */
const connectLate: ConnectOp = async (token) => (await import("../../providers/op/connect-op.ts")).connectOp(token)

export const { vaultList: opVaultList, itemList: opItemList, itemCreate: opItemCreate, itemUpdate: opItemUpdate } = opCommands(connectLate)
export { keepassItemCreate, keepassItemList, keepassItemUpdate, keepassVaultCreate, keepassVaultList, keepassVaultUpdate } from "../keepass-commands.ts"
