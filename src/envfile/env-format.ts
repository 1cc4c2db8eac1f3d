/** How an app reads its variables from a file: by which reader, so that each is written for that reader exactly. */
export const ENV_FORMATS = ["dotenv", "node", "compose", "docker", "systemd", "sh", "json"] as const
export type EnvFormat = (typeof ENV_FORMATS)[number]

export interface EnvEntry {
  /** `[A-Za-z_][A-Za-z0-9_]*`, once in a file. */
  key: string
  value: string
}

/** Why a format cannot carry a value exactly, a clause that ends "cannot be carried: …". Of the value it tells only what the format lacks. */
export const REFUSALS = {
  not_a_variable_name: "the key is not a variable's name: letters, digits and underscores, no digit first",
  reserved_name: "the reader gives that name a meaning of its own",
  twice: "the key is there more than once",
  nul: "the value has a NUL, which no environment can hold",
  carriage_return: "the value has a carriage return, which the reader changes",
  line_feed: "the value has several lines, and the format holds one",
  quotes: "the value has more kinds of quotes than the format can hold",
  unpaired_surrogate: "the value has half a surrogate pair, which is no UTF-8",
  noncharacter: "the value has a Unicode noncharacter, for which the reader refuses the whole file",
  too_long: "the line is longer than the reader reads",
} as const

export type RefusalCode = keyof typeof REFUSALS

export interface Refusal {
  key: string
  code: RefusalCode
}

export interface RenderedFile {
  /** The file without what was refused, LF line ends, UTF-8 without a byte order mark. */
  text: string
  refused: Refusal[]
}
