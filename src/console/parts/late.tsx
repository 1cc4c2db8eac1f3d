import { lazy, Suspense, useState, type ComponentType, type ReactNode } from "react"
import { Boundary } from "./boundary.tsx"

interface LateProps<Props> {
  load(): Promise<ComponentType<Props>>
  props: Props
}

/** A part that is loaded when it is needed, and asked for again where that failed. */
export const Late = <Props extends object>({ load, props }: LateProps<Props>): ReactNode => {
  const begin = () => lazy(async () => ({ default: await load() }))
  const [Part, setPart] = useState(begin)
  return (
    <Boundary onAgain={() => setPart(begin())}>
      <Suspense>
        <Part {...props} />
      </Suspense>
    </Boundary>
  )
}
