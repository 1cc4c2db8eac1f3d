/** Text like that of a busy service: the same every time, without any secret. */
export const logText = (bytes: number, random: () => number): Buffer => {
  const lines: string[] = []
  let length = 0
  for (let i = 0; length < bytes; i++) {
    const line = `${lineOf(i, random)}\n`
    lines.push(line)
    length += line.length
  }
  return Buffer.from(lines.join("")).subarray(0, bytes)
}

/** mulberry32: small, seeded, good enough for text. */
export const seeded = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const textOf = (alphabet: string, length: number, random: () => number): string => {
  let text = ""
  for (let i = 0; i < length; i++) text += alphabet[Math.floor(random() * alphabet.length)]
  return text
}

export const HEX = "0123456789abcdef"
export const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

const WORDS =
  "accepted request from client upstream connect timeout while reading response header cache miss for key user session created order shipped payment retry scheduled worker started migration applied index rebuilt connection pool exhausted queue drained job finished in checksum verified".split(" ")

const pick = <T>(of: readonly T[], random: () => number): T => of[Math.floor(random() * of.length)] as T

const words = (count: number, random: () => number): string => Array.from({ length: count }, () => pick(WORDS, random)).join(" ")

const time = (i: number): string => new Date(1_795_000_000_000 + i * 37).toISOString()

const uuid = (random: () => number): string =>
  [8, 4, 4, 4, 12].map((length) => textOf(HEX, length, random)).join("-")

const KINDS: readonly ((i: number, random: () => number) => string)[] = [
  (i, random) => JSON.stringify({ time: time(i), level: pick(["info", "warn", "debug"], random), traceId: textOf(HEX, 32, random), msg: words(7, random), ms: Math.round(random() * 900) }),
  (i, random) => `${time(i)} INFO  [worker-${i % 16}] ${words(9, random)} id=${uuid(random)}`,
  (_i, random) => `10.0.${Math.floor(random() * 255)}.${Math.floor(random() * 255)} - - "GET /api/v1/orders/${Math.floor(random() * 1e6)}?q=${encodeURIComponent(words(2, random))}&page=2 HTTP/1.1" 200 ${Math.floor(random() * 9000)} "https://shop.example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`,
  (_i, random) => `    at Object.${pick(WORDS, random)} (/srv/app/dist/${pick(WORDS, random)}.js:${Math.floor(random() * 900)}:${Math.floor(random() * 80)})`,
  (i, random) => `level=debug ts=${time(i)} caller=store.go:${i % 400} msg="${words(6, random)}" etag=${textOf(ALPHANUMERIC, 22, random)}==`,
  (_i, random) => `npm notice ${textOf(HEX, 40, random)}  ${pick(WORDS, random)}-${pick(WORDS, random)}@${Math.floor(random() * 9)}.${Math.floor(random() * 20)}.0`,
]

const lineOf = (i: number, random: () => number): string => pick(KINDS, random)(i, random)
