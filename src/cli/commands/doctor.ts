import type { Finding } from "../../core/doctor.ts"
import type { Call } from "../command.ts"
import { EXIT_CODES } from "../exit-codes.ts"
import { examineLocal } from "../examine-local.ts"
import { examineServer } from "../examine-server.ts"
import { isRemote } from "../open-backend.ts"

export const doctor = async (call: Call): Promise<number> => {
  const { findings, exitCode } = isRemote(call.env)
    ? await examineServer(call)
    : await examineLocal(call, call.options.whole("sample", { min: 0 }) ?? 100)
  call.screen.show(findings, () => findings.map(sentence).join("\n"))
  const isBroken = findings.some(({ level }) => level === "error")
  return exitCode ?? (isBroken ? EXIT_CODES.decryption_failed : 0)
}

const MARKS: Readonly<Record<Finding["level"], string>> = { ok: "ok     ", warning: "warning", error: "ERROR  " }

const sentence = ({ level, what, help }: Finding): string =>
  help === undefined ? `${MARKS[level]}  ${what}` : `${MARKS[level]}  ${what}\n         ${help}`
