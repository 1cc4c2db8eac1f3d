/**
 * The page's one script: takes the code out of the link's fragment, keeps this origin's half of the session, and replaces the
 * page's content without a reload. Everything works without it, by typing the code.
 */
export const SCRIPT = `"use strict"
const HALF = "sotto.session"
const isForm = location.pathname.startsWith("/r/")
const show = (html) => {
  const next = new DOMParser().parseFromString(html, "text/html").querySelector("main")
  if (next === null) return
  document.querySelector("main").replaceWith(document.adoptNode(next))
  if (isForm) return
  const half = next.querySelector("input[name=session]")
  if (half !== null) localStorage.setItem(HALF, half.value)
  else if (next.querySelector("input[name=code]") !== null) localStorage.removeItem(HALF)
}
const post = async (action, fields) => {
  const answer = await fetch(action, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin" })
  show(await answer.text())
}
document.addEventListener("submit", (event) => {
  event.preventDefault()
  const form = event.target
  void post(form.getAttribute("action"), new FormData(form, event.submitter))
})
const code = new URLSearchParams(location.hash.slice(1)).get("code")
if (code !== null) {
  history.replaceState(null, "", location.pathname)
  void post("/sign-in", { code })
} else {
  const half = (isForm ? sessionStorage.getItem(HALF) : null) ?? localStorage.getItem(HALF)
  if (half !== null) void post(isForm ? location.pathname : "/", { session: half })
}
document.addEventListener("input", ({ target }) => {
  const part = target.closest("fieldset")
  if (part === null) return
  const area = part.querySelector("textarea")
  if (area === null) return
  part.querySelector(".hint").hidden = !/^\\s|\\s$/u.test(area.value)
  area.rows = Math.min(12, area.value.split("\\n").length)
})
`
