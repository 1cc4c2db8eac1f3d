/** A person at a browser without script: the code opens the form, and the form is sent. @returns the heading of what they see then */
export const answerInForm = async (url: string, code: string, fields: Record<string, string>): Promise<string> => {
  const post = (address: string, body: Record<string, string>, cookie = "") =>
    fetch(address, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", origin: new URL(url).origin, cookie },
      body: new URLSearchParams(body).toString(),
    })
  const form = await post(url, { code })
  const cookie = (form.headers.get("set-cookie") ?? "").split(";")[0] ?? ""
  const half = /name="form" value="([^"]+)"/.exec(await form.text())?.[1] ?? ""
  const answered = await post(`${url}/answer`, { form: half, action: "save", ...fields }, cookie)
  return /<h1>([^<]*)<\/h1>/.exec(await answered.text())?.[1] ?? ""
}
