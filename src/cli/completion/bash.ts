import type { CommandSpec } from "../command.ts"
import { argumentWords, completesFile, firstWords, groups, longOptions, optionWords } from "./words.ts"

/** Nothing but words out of the table: no command is run while somebody types. */
export const bashCompletion = (commands: readonly CommandSpec[]): string => `# bash completion for sotto
_sotto() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words="" at
  for (( at = 2; at < COMP_CWORD; at++ )); do
    case "$command" in
      ${[...groups(commands).keys()].map((start) => `"${start}"`).join("|")}) command="$command \${COMP_WORDS[at]}" ;;
      *) break ;;
    esac
  done
  if (( COMP_CWORD == 1 )); then
    words="${firstWords(commands).join(" ")}"
  else
    case "$command" in
${[...[...groups(commands)].map(([first, seconds]) => branch(first, `words="${seconds.join(" ")}"`)), ...commands.map(commandBranch)].join("\n")}
    esac
  fi
  COMPREPLY+=( $(compgen -W "$words" -- "$word") )
}
complete -F _sotto sotto
`

const branch = (pattern: string, action: string): string => `      "${pattern}") ${action} ;;`

const commandBranch = (spec: CommandSpec): string => {
  const files = completesFile(spec) ? '; if [[ "$word" != -* ]]; then compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi' : ""
  const plain = `words="${[...longOptions(spec), ...argumentWords(spec)].join(" ")}"${files}`
  const options = optionWords(spec)
  if (options.length === 0) return branch(spec.name, plain)
  const cases = options.map(([option, words]) => `${option}) words="${words.join(" ")}" ;;`).join(" ")
  return branch(spec.name, `case "$before" in ${cases} *) ${plain} ;; esac`)
}
