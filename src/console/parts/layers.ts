import { createContext } from "react"

/** Where dialogs stand: inside what is hidden when a session ends. */
export const LayersContext = createContext<HTMLElement | null>(null)
