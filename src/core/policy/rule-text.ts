import type { ExecRule, HttpRule, Placement } from "./policy-shape.ts"

/** Text that a person decides by: what would steer a terminal, or turn the reading direction, is shown instead of done. */
export const plainText = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

/** A command in one line: an argument with blanks in it is set apart, so that one cannot look like two. */
export const commandText = (command: readonly string[]): string =>
  plainText(command.map((arg) => (/^[\w@%+=:,./*-]+$/.test(arg) ? arg : JSON.stringify(arg))).join(" "))

/** What a rule for programs lets agents do. */
export const execText = (key: string, { program, args, network }: ExecRule): string =>
  `run ${commandText([program, ...args])} with ${key}, ${network === "none" ? "without network" : "with this machine's network"}`

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
