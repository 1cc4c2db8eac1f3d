import { Component, type ReactNode } from "react"
import { Button } from "./button.tsx"

interface BoundaryProps {
  children: ReactNode
  /** Before it is drawn once more. */
  onAgain?(): void
}

/** Around what may fail: a part that the network or a newer server does not give any more, or a fault of ours. */
export class Boundary extends Component<BoundaryProps, { isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true }
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children
    return (
      <div role="alert" className="my-4 rounded-md border border-bad/40 bg-bad-soft px-3 py-2">
        <p className="font-medium text-bad">This part of the page could not be loaded.</p>
        <p className="mt-1 text-sm">Check the network and try again. After the server was updated, load the page anew: you stay signed in.</p>
        <div className="mt-2 flex flex-wrap gap-2">
          <Button onClick={() => this.#again()}>Try again</Button>
          <Button onClick={() => location.reload()}>Load the page anew</Button>
        </div>
      </div>
    )
  }

  #again(): void {
    this.props.onAgain?.()
    this.setState({ isBroken: false })
  }
}
