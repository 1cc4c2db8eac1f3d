import { createContext, useContext, useSyncExternalStore } from "react"
import type { Theme, ThemeName } from "./theme.ts"

export const ThemeContext = createContext<Theme | null>(null)

export const useTheme = (): [ThemeName, (theme: ThemeName) => void] => {
  const theme = useContext(ThemeContext)
  if (theme === null) throw new TypeError("there is no theme around this part")
  return [useSyncExternalStore(theme.subscribe, () => theme.current), (next) => theme.choose(next)]
}
