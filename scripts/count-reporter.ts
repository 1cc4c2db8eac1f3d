import type { Reporter, TestModule } from "vitest/node"

/** Ends a run with one plain line, `N passed, N failed`; a file or a stray error that could not run counts as a failure. */
class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
    const passed = tests.filter((test) => test.result().state === "passed").length
    const failed = tests.filter((test) => test.result().state === "failed").length + broken
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  }
}

// Vitest constructs a reporter from the default export.
export { CountReporter as default }
