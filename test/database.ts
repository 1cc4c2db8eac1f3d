import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { inject } from "vitest"

/**
 * A URL of a real PostgreSQL with a `?schema=` that nobody else has. The server starts at the first call of a run
 * (or is the one of `SOTTO_TEST_DATABASE_URL`); schemas are gone after the run.
 */
export const freshPostgresUrl = async (): Promise<string> => {
  const answer = JSON.parse(await text(connect(inject("databaseKeeper")))) as { url?: string; error?: string }
  if (answer.url === undefined) throw new Error(`No test database: ${answer.error ?? "the keeper is silent"}`)
  return answer.url
}
