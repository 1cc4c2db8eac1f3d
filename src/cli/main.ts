import { COMMANDS } from "./command-table.ts"
import { runCommandLine } from "./run-command-line.ts"

const INTERRUPTED = 130

/** The first Ctrl-C asks a command that can stop by itself to do so; everything else is safe to leave at any point. */
const interruptible = (): ((stop: () => void) => void) => {
  const stops: (() => void)[] = []
  process.on("SIGINT", () => {
    const stop = stops.pop()
    if (stop === undefined) process.exit(INTERRUPTED)
    stop()
  })
  return (stop) => stops.push(stop)
}

const line = { argv: process.argv.slice(2), env: process.env, commands: COMMANDS, onInterrupt: interruptible() }

// no await at the top: the bundle is CommonJS, which loads in half the time
// and an exit by call: everything is written and closed by now, and taking the heap apart would cost a tenth of a start
void runCommandLine(line).then((exitCode) => process.exit(exitCode))
