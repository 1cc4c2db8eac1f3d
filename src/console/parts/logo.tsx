import type { ReactNode } from "react"

export const Logo = (): ReactNode => (
  <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" className="shrink-0">
    <rect width="32" height="32" rx="8" className="fill-accent" />
    <path
      d="M20.5 11.2c-1-1.5-2.7-2.2-4.6-2.2-2.6 0-4.6 1.400-4.600 3.600 0 4.800 9.600 2.200 9.600 7 0 2.200-2.200 3.600-4.900 3.600-2.100 0-4-.8-5-2.500"
      className="fill-none stroke-on" strokeWidth="2.6" strokeLinecap="round"
    />
  </svg>
)
