/** How an app reads its variables from a file: by which reader, so that each is written for that reader exactly. */
export const ENV_FORMATS = ["dotenv", "node", "compose", "docker", "systemd", "sh", "json"] as const
export type EnvFormat = (typeof ENV_FORMATS)[number]

export interface EnvEntry {
  /** `[A-Za-z_][A-Za-z0-9_]*`, once in a file. */
  key: string
  value: string
}

/** Why a format cannot carry a value exactly. It tells of the value only what the format lacks. */
export type RefusalCode = "not_a_variable_name" | "twice" | "nul" | "carriage_return" | "line_feed" | "quotes"

export interface Refusal {
  key: string
  code: RefusalCode
}

export interface RenderedFile {
  /** The file without what was refused, LF line ends, UTF-8 without a byte order mark. */
  text: string
  refused: Refusal[]
}
