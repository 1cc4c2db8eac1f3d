const JSON_ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g
const SIMPLE: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }

const withoutJsonEscapes = (text: string): string =>
  text.replaceAll(JSON_ESCAPE, (_, code: string | undefined, letter: string) =>
    code === undefined ? (SIMPLE[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)))

const withoutPercentCodes = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (codes) => Buffer.from(codes.replaceAll("%", ""), "hex").toString())

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

const withoutEntities = (text: string): string =>
  text.replaceAll(/&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));?/g, (entity, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] as string
    const codePoint = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal)
    return codePoint <= 0x10_ffff ? String.fromCodePoint(codePoint) : entity
  })

type View = (text: string) => string

/** The ways of escaping that can be mixed freely within one text, so that no list of variants holds every mixture. */
const ONCE: readonly View[] = [withoutJsonEscapes, withoutPercentCodes, withoutEntities]

/** And each within each: a page of HTML within JSON has both. */
const TWICE: readonly View[] = ONCE.flatMap((outer) => ONCE.map((inner): View => (text) => inner(outer(text))))

export const DECODED_VIEWS: readonly View[] = [...ONCE, ...TWICE]
