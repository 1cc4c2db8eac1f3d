import type { ReactNode } from "react"
import type { ThemeName } from "./theme.ts"
import { useTheme } from "./use-theme.ts"

const NEXT: Readonly<Record<ThemeName, ThemeName>> = { system: "light", light: "dark", dark: "system" }
const SAYS: Readonly<Record<ThemeName, string>> = { system: "as the system has it", light: "light", dark: "dark" }
const SIGN: Readonly<Record<ThemeName, string>> = { system: "◐", light: "☀", dark: "☾" }

export const ThemeSwitch = (): ReactNode => {
  const [theme, choose] = useTheme()
  return (
    <button type="button" className="button button-quiet" onClick={() => choose(NEXT[theme])} title={`Colours: ${SAYS[theme]}`}>
      <span aria-hidden="true" className="text-lg leading-none">
        {SIGN[theme]}
      </span>
      <span className="sr-only">
        Colours: {SAYS[theme]}. Change to: {SAYS[NEXT[theme]]}
      </span>
    </button>
  )
}
