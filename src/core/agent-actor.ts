import type { Actor, Permission } from "./principal.ts"
import { isAllowed } from "./authorize.ts"
import { askedBy } from "./requests/person.ts"

const FOR_AGENTS: readonly Permission[] = ["list", "use", "request"]

/** An agent that somebody answers for: it may at most what they may, and never see a value. */
export const agentFor = (person: Actor, { id, name, workspace }: { id: string; name: string; workspace: string }): Actor => ({
  principal: { kind: "agent", id, name },
  owner: askedBy(person),
  grants: [{ pattern: workspace, permissions: FOR_AGENTS.filter((permission) => isAllowed(person, permission, workspace)) }],
  ...(person.assertLive && { assertLive: person.assertLive }),
})
