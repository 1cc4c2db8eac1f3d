/** What a sticky pattern finds at one place of a text. The place is set anew for each use: nothing of a use before is left in the pattern. */
export const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}
