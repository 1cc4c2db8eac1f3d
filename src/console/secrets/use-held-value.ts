import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent } from "react"
import { useAction } from "../parts/use-action.ts"
import type { SecretError } from "../../base/errors.ts"

const SHOWN_FOR_MS = 10_000

interface HeldValue {
  /** Only while it is held. */
  value: string | null
  isBusy: boolean
  error: SecretError | undefined
  /** For the button that is held. */
  handlers: {
    onPointerDown(event: PointerEvent<HTMLElement>): void
    onPointerUp(): void
    onPointerCancel(): void
    onKeyDown(event: KeyboardEvent): void
    onKeyUp(): void
    onBlur(): void
    onClick(event: MouseEvent): void
    onContextMenu(event: MouseEvent): void
  }
}

/** A value that is asked for when somebody presses, and forgotten when they let go. Each time leaves an event. */
export const useHeldValue = (read: () => Promise<string>): HeldValue => {
  const [value, setValue] = useState<string | null>(null)
  const isHeld = useRef(false)
  const { run, isBusy, error } = useAction(read)
  const release = (): void => {
    isHeld.current = false
    setValue(null)
  }
  const press = async (): Promise<void> => {
    isHeld.current = true
    const found = await run()
    if (found !== null && isHeld.current) setValue(found)
  }
  useReleaseWhenAway(release)
  const handlers: HeldValue["handlers"] = {
    onPointerDown: (event) => {
      event.currentTarget.setPointerCapture(event.pointerId)
      void press()
    },
    onPointerUp: release,
    onPointerCancel: release,
    onKeyDown: (event) => {
      if (event.key !== " " && event.key !== "Enter") return
      event.preventDefault()
      if (!event.repeat) void press()
    },
    onKeyUp: release,
    onBlur: release,
    // Who presses neither a pointer nor a key, as with a screen reader or by voice, cannot hold either.
    onClick: (event) => {
      if (event.detail === 0) void press().then(() => setTimeout(release, SHOWN_FOR_MS))
    },
    onContextMenu: (event) => event.preventDefault(),
  }
  return { value, isBusy, error, handlers }
}

const useReleaseWhenAway = (release: () => void): void => {
  useEffect(() => {
    addEventListener("blur", release)
    document.addEventListener("visibilitychange", release)
    return () => {
      removeEventListener("blur", release)
      document.removeEventListener("visibilitychange", release)
    }
  })
}
