import type { Finding } from "../core/doctor.ts"
import type { Call } from "./command.ts"
import { findingOf, type Examination } from "./examination.ts"
import { openBackend } from "./open-backend.ts"

/** What a client can see of a server: that it answers, that it takes the token, and what it may tell of its keys. */
export const examineServer = async (call: Call): Promise<Examination> => {
  const findings: Finding[] = []
  try {
    const backend = await openBackend(call)
    findings.push({ level: "ok", what: `the server answers, and lists ${(await backend.listWorkspaces()).length} workspaces to this token` })
    const { activeVersion, remaining, unavailable } = await backend.keyringStatus()
    findings.push({ level: "ok", what: `its key ring opens the store; version ${activeVersion} is active` })
    if (remaining > 0) findings.push({ level: "warning", what: `${remaining} versions are under an older key`, help: "Run `sotto keyring rotate`." })
    if (unavailable > 0) findings.push({ level: "error", what: `${unavailable} versions are under keys that its ring lacks` })
    return { findings }
  } catch (error) {
    const { finding, exitCode } = findingOf(error)
    return { findings: [...findings, finding], exitCode }
  }
}
