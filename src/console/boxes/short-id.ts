import type { BoxId } from "../../boxes/protocol/keys.ts"

const SHOWN = 8

/** To tell boxes apart at a glance. It proves nothing: keys whose ends are alike can be made. */
export const shortId = (id: BoxId): string => `${id.slice(0, SHOWN)}…${id.slice(-SHOWN)}`
