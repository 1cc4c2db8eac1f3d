import { canonicalJson, type JsonValue } from "../../base/canonical-json.ts"
import { principalBody } from "../event.ts"
import type { Grant, Principal } from "../principal.ts"
import { grantsText } from "./grants.ts"

/** Who a link lets in, and who a session is. */
export interface SignedIn {
  principal: Principal
  owner: string
  grants: Grant[]
}

export const signedInText = ({ principal, owner, grants }: SignedIn): string =>
  canonicalJson({ principal: principalBody(principal), owner, grants: JSON.parse(grantsText(grants)) as JsonValue })

export const readSignedIn = (text: string): SignedIn => JSON.parse(text) as SignedIn
