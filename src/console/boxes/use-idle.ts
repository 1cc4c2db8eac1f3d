import { useEffect, useEffectEvent, useState } from "react"

export const LOCK_AFTER_MS = 15 * 60_000
const WARN_BEFORE_MS = 60_000
const LOOK_EACH_MS = 1_000
const TOUCHES = ["pointerdown", "keydown", "wheel"] as const

/** Tells when nobody touched the page for long. @returns whether that is near */
export const useIdle = (onIdle: () => void): boolean => {
  const [isNear, setNear] = useState(false)
  const tell = useEffectEvent(onIdle)
  useEffect(() => {
    let last = Date.now()
    const look = (): void => {
      const idleMs = Date.now() - last
      setNear(idleMs >= LOCK_AFTER_MS - WARN_BEFORE_MS)
      if (idleMs >= LOCK_AFTER_MS) tell()
    }
    // looks first: timers stand still in a machine that sleeps, and the touch that wakes it comes too late
    const touch = (): void => {
      look()
      last = Date.now()
      setNear(false)
    }
    const timer = setInterval(look, LOOK_EACH_MS)
    document.addEventListener("visibilitychange", look)
    for (const each of TOUCHES) addEventListener(each, touch, { capture: true, passive: true })
    return () => {
      clearInterval(timer)
      document.removeEventListener("visibilitychange", look)
      for (const each of TOUCHES) removeEventListener(each, touch, { capture: true })
    }
  }, [])
  return isNear
}
