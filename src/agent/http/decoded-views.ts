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

/** The ways of escaping that can be mixed freely within one text, so that no list of variants holds every mixture. */
export const DECODED_VIEWS: readonly ((text: string) => string)[] = [withoutJsonEscapes, withoutPercentCodes, withoutEntities]
