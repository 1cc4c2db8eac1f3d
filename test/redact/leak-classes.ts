/** What leaked elsewhere, with where it was reported: each is something that a program prints, and what may not be readable then. */
export interface LeakClass {
  citation: string
  title: string
  values: readonly { name: string; value: string }[]
  /** What is printed, one write after the other. */
  writes: readonly (string | Uint8Array)[]
  /** Milliseconds between two writes. */
  gapMs?: number
  /** None of these may stand in the output. Each stands in what is printed. */
  forbidden: readonly (string | Uint8Array)[]
}

const TOKEN = "s3cr3t-VALUE-0123456789"
const PEM = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v5Vq8rB1nO0cQ7tYw
qG9mZkX2LrTbVnHcYpJd4sKfEaWuIoPzRxSvMlQwNyBt
-----END PRIVATE KEY-----
`
const LINES = PEM.trimEnd().split("\n")
const UMLAUT = "pässwörd-zwölf-ß"
const STRANGE = 'a/b+c "quoted" \\back & <tag> 100%'

const base64 = (text: string): string => Buffer.from(text).toString("base64")
const splitAt = (text: string, at: number): string[] => [text.slice(0, at), text.slice(at)]
const one = (value: string): { name: string; value: string }[] => [{ name: "TOKEN", value }]

const whole = (citation: string, title: string, value: string, printed: string, forbidden: string = printed): LeakClass => ({
  citation, title, values: one(value), writes: [`before ${printed} after\n`], forbidden: [forbidden],
})

export const LEAK_CLASSES: readonly LeakClass[] = [
  whole("actions/runner#161", "a value of several lines", PEM, PEM),
  whole("buildkite/agent#2062", "a value of several lines with other line ends", PEM, PEM.replaceAll("\n", "\r\n"), LINES[1]),
  whole("nektos/act#1601", "a value of several lines, indented", PEM, LINES.map((line) => `    ${line}`).join("\n"), LINES[2]),
  whole("airvzxf/ftp-deployment-action#314", "a value of several lines on one line", PEM, PEM.replaceAll("\n", "\\n"), LINES[1]),
  whole("actions/runner#1521", "one line of a value of several", PEM, LINES[1] as string),
  whole("buildkite/agent#3233", "a value of several lines that the shell made one", PEM, LINES.join(" ")),
  { citation: "dmno-dev/varlock#770", title: "two writes", values: one(TOKEN), writes: splitAt(TOKEN, 9), forbidden: [TOKEN, TOKEN.slice(9)] },
  { citation: "ShipfoxHQ/shipfox#601", title: "two writes within base64", values: one(TOKEN), writes: splitAt(base64(TOKEN), 14), forbidden: [base64(TOKEN)] },
  { citation: "buildbuddy-io/buildbuddy#10536", title: "a write that ends after the first byte", values: one(TOKEN), writes: splitAt(TOKEN, 1), forbidden: [TOKEN, TOKEN.slice(1)] },
  { citation: "wienerdog-ai/wienerdog#310", title: "two writes with text around", values: one(TOKEN), writes: splitAt(`x ${TOKEN} y`, 20), forbidden: [TOKEN] },
  { citation: "stakpak/agent#650", title: "one byte at a time", values: one(TOKEN), writes: TOKEN.split(""), forbidden: [TOKEN] },
  { citation: "dmno-dev/varlock 1.20.0, measured", title: "a pause of 150 ms within a value", values: one(TOKEN), writes: splitAt(TOKEN, 12), gapMs: 150, forbidden: [TOKEN] },
  ...["", "u", "ab"].map((before) =>
    whole("actions/runner#291", `base64 with ${before.length} bytes in front`, TOKEN, base64(`${before}${TOKEN}`), base64(`${before}${TOKEN}`).slice(4, 28)),
  ),
  whole("actions/runner#2520", "base64 with a newline behind the value", TOKEN, base64(`${TOKEN}\n`), base64(TOKEN).slice(0, 30)),
  whole("actions/runner#2520", "base64 of a pair for HTTP", TOKEN, `Basic ${base64(`user:${TOKEN}`)}`, base64(`user:${TOKEN}`).slice(8, 36)),
  whole("actions/runner#2960", "percent-encoded", STRANGE, encodeURIComponent(STRANGE)),
  whole("microsoft/azure-pipelines-agent#2659", "percent-encoded in lower case, blanks as plus", STRANGE, encodeURIComponent(STRANGE).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()).replaceAll("%20", "+")),
  whole("actions/runner#440", "within JSON", STRANGE, JSON.stringify({ value: STRANGE }), JSON.stringify(STRANGE).slice(1, -1)),
  whole("microsoft/azure-pipelines-agent#4195", "without the newline at its end", `${TOKEN}\n`, TOKEN),
  { citation: "AgentWorkforce/relay#1799", title: "bytes instead of text", values: one(TOKEN), writes: [Buffer.from(TOKEN)], forbidden: [TOKEN] },
  { citation: "betterleaks/betterleaks#176", title: "a cut within a character", values: one(UMLAUT), writes: [Buffer.from(UMLAUT).subarray(0, 2), Buffer.from(UMLAUT).subarray(2)], forbidden: [UMLAUT, UMLAUT.slice(2)] },
  whole("dmno-dev/varlock 1.20.0, measured", "hex", TOKEN, Buffer.from(TOKEN).toString("hex")),
  whole("dmno-dev/varlock 1.20.0, measured", "hex in upper case", TOKEN, Buffer.from(TOKEN).toString("hex").toUpperCase()),
  { citation: "gitlab-org/gitlab-runner, measured", title: "a value that begins like itself", values: one("s3s3cret-1"), writes: ["tok=s3s3", "s3cret-1"], forbidden: ["s3s3cret-1", "s3cret-1"] },
  { citation: "dmno-dev/varlock 1.20.0, measured", title: "no first or last characters in the mask", values: one(TOKEN), writes: [`-${TOKEN}-`], forbidden: [TOKEN.slice(0, 2), TOKEN.slice(-2)] },
  {
    citation: "leftmost matching, measured", title: "two values that overlap", forbidden: ["XYZ12", "abcdefgh"], writes: ["abcdefghXYZ12"],
    values: [{ name: "ONE", value: "abcdefgh" }, { name: "TWO", value: "defghXYZ12" }],
  },
]

export const bytesOf = (piece: string | Uint8Array): Buffer => Buffer.from(piece)

/** The forbidden pieces that stand in the output. */
export const leaksIn = (output: Buffer, { forbidden }: LeakClass): string[] =>
  forbidden.map(bytesOf).filter((piece) => output.includes(piece)).map((piece) => piece.toString())
