/** Nothing here means anything to any reader: read alike without quotes, `docker --env-file` included. */
const PLAIN = /^[A-Za-z0-9!%*+,./:=?@[\]^_{}~-]*$/
/** Shells put a home directory in place of it. */
const HOME = /(?:^|:)~/

/**
 * The value as dotenv, Node, Compose, systemd, shells and Deno read it alike: bare, else in single quotes, else in double ones.
 * @returns null for a value that has no such form
 */
export const portableForm = (value: string): string | null => {
  if (isPlain(value)) return value
  if (/[\0\r]/.test(value) || value.endsWith("\\")) return null
  if (!value.includes("'")) return `'${value}'`
  return /["$`\\]/.test(value) ? null : `"${value}"`
}

export const isPlain = (value: string): boolean => PLAIN.test(value) && !HOME.test(value)
