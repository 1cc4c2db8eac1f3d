/** What a stream of server-sent events has said so far, and whether it has ended. */
export interface ReadStream {
  /** Resolves with all text once it holds what is looked for. @throws Error where the stream ends before */
  until(isThere: (text: string) => boolean): Promise<string>
  /** Resolves with all text when the server has ended the stream. */
  ended: Promise<string>
}

export const openStream = async (url: string, headers: Record<string, string>): Promise<ReadStream> => {
  const response = await fetch(url, { headers })
  if (!response.ok || response.body === null) throw new Error(`no stream: ${response.status} ${await response.text()}`)
  let text = ""
  let isOver = false
  let waiting: (() => void)[] = []
  const wake = (): void => {
    for (const each of waiting) each()
    waiting = []
  }
  const read = async (body: ReadableStream<Uint8Array>): Promise<string> => {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true })
        wake()
      }
    } finally {
      isOver = true
      wake()
    }
    return text
  }
  const ended = read(response.body)
  ended.catch(() => undefined)
  return {
    until: async (isThere) => {
      while (!isThere(text)) {
        if (isOver) throw new Error(`the stream ended after: ${text}`)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      return text
    },
    ended,
  }
}
