import type { ExecRule, HttpRule, Placement } from "./policy-shape.ts"

/** Steers a terminal, turns the reading direction, or cannot be told from nothing or from a blank. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu

/** Text that a person decides by: what they could not see is shown instead of done. */
export const plainText = (text: string): string =>
  text.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

/** A command in one line: an argument with blanks in it is set apart, so that one cannot look like two. */
export const commandText = (command: readonly string[]): string =>
  plainText(command.map((arg) => (/^[\w@%+=:,./*-]+$/.test(arg) ? arg : JSON.stringify(arg))).join(" "))

/** What a rule for programs lets agents do. */
export const execText = (key: string, { program, args, network, environment }: ExecRule): string => {
  const where = environment === undefined ? "this machine" : `the sandbox ${environment}`
  return `run ${commandText([program, ...args])} with ${key}${environment === undefined ? "" : ` in ${where}`}, ${network === "none" ? "without network" : `with ${environment === undefined ? "this machine's" : "its"} network`}`
}

/** What a rule for requests lets agents do. */
export const httpText = (key: string, { host, methods, paths, place, response }: HttpRule): string =>
  `send ${key} to ${host} ${placeText(place)} (${methods.join(", ")} ${plainText(paths.join(" "))}), and see ${response === "body" ? "the answer" : "the status alone"}`

const placeText = (place: Placement): string => {
  switch (place.in) {
    case "header":
      return `in the header ${place.name}${place.template === undefined ? "" : ` as ${plainText(place.template)}`}`
    case "basic":
      return `as the password of ${plainText(place.user)}`
    case "query":
      return `in the parameter ${plainText(place.name)}`
    case "json":
      return `in the body at ${plainText(place.pointer)}`
  }
}
