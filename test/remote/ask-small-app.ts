/** Ends with 0 where the app answers on the socket that the argument names. */
import { connect } from "node:net"

const connection = connect(process.argv[2] ?? "")
connection.once("connect", () => process.exit(0))
connection.once("error", () => process.exit(1))
