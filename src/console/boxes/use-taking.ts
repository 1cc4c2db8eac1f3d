import { useRef, useState } from "react"
import { isSecretError } from "../../base/errors.ts"
import type { BoxSecret } from "../../boxes/client/box-secret.ts"
import type { ReadOptions } from "../../boxes/client/create-client.ts"

/** What is known of a value that was read, without the value. */
export type Proof = Pick<BoxSecret, "author" | "isSigned" | "createdAt" | "freshness"> & { byteCount: number | null }

export interface Taking {
  /** Asks for it; one that can be read once is held in this memory from then on. */
  take(): Promise<BoxSecret>
  proof: Proof | null
  /** It is here, and on the server no more. */
  isHeld: boolean
  /** What came is not proved to be its author's. */
  isRefused: boolean
  /** Takes it without a signature from now on. */
  allowUnsigned(): void
}

export const useTaking = (read: (options: ReadOptions) => Promise<BoxSecret>, isOneTime: boolean): Taking => {
  const held = useRef<BoxSecret | null>(null)
  const [proof, setProof] = useState<Proof | null>(null)
  const [isRefused, setRefused] = useState(false)
  const [isUnsigned, setUnsigned] = useState(false)
  const take = async (): Promise<BoxSecret> => {
    if (held.current !== null) return held.current
    try {
      const secret = await read({ ...(isUnsigned && { allowUnsigned: true }) })
      if (isOneTime) held.current = secret
      setProof(proofOf(secret))
      setRefused(false)
      return secret
    } catch (error) {
      setRefused(isSecretError(error) && error.code === "not_authentic" && error.details["isOtherServer"] !== true)
      throw error
    }
  }
  const allowUnsigned = (): void => {
    setUnsigned(true)
    setRefused(false)
  }
  return { take, proof, isHeld: isOneTime && proof !== null, isRefused, allowUnsigned }
}

const proofOf = ({ author, isSigned, createdAt, freshness, value }: BoxSecret): Proof => ({
  author,
  isSigned,
  createdAt,
  freshness,
  byteCount: value instanceof Uint8Array ? value.length : null,
})

/** Exactly what was written: bytes as such, everything else as its text. */
export const exactValue = ({ value, raw }: BoxSecret): string | Uint8Array => (value instanceof Uint8Array ? value : raw)
