import { defineConfig } from "vitest/config"

const config = defineConfig({
  test: {
    include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    pool: "threads",
    globalSetup: ["test/embedded-postgres.ts"],
    reporters: ["default", "./scripts/count-reporter.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
})

// Vitest reads its configuration from the default export.
export { config as default }
