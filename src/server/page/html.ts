const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

/** Markup, as opposed to text that has to be escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | readonly Html[]

const escape = (part: Part): string => {
  if (part instanceof Html) return part.text
  if (typeof part === "object") return part.map((each) => each.text).join("")
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
}

/** A template whose parts are escaped, except markup made by another. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(texts.map((text, i) => text + (i < parts.length ? escape(parts[i] as Part) : "")).join(""))

export const NOTHING = html``

/** A whole page around its content. */
export const pageOf = (content: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sotto</title>
<link rel="stylesheet" href="/assets/sotto.css">
<script src="/assets/sotto.js" defer></script>
</head>
<body>
<main>${content}</main>
</body>
</html>
`.text
