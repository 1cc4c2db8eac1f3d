import type { AnswerOf } from "../api/route.ts"
import type { Routes } from "../api/routes.ts"

export type SecretChange = AnswerOf<Routes["streamEvents"]>

/** What a stream of server-sent events says, until it ends. Leaving the loop closes it. */
export async function* readEventStream(bytes: ReadableStream<Uint8Array>): AsyncGenerator<SecretChange, void, undefined> {
  const reader = bytes.getReader()
  const decoder = new TextDecoder()
  let rest = ""
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n")
      rest = blocks.pop() ?? ""
      for (const block of blocks) {
        const change = parseBlock(block)
        if (change !== null) yield change
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** null for a comment: those keep the connection alive. */
const parseBlock = (block: string): SecretChange | null => {
  const data = block.split("\n").find((line) => line.startsWith("data: "))
  return data === undefined ? null : (JSON.parse(data.slice("data: ".length)) as SecretChange)
}
