/** What the original answers with status 200 and an error text: the request was well made and cannot be done. */
export class Refusal extends Error {
  readonly status: number

  constructor(text: string, status = 200) {
    super(text)
    this.status = status
  }
}

/** What was read before the transaction is so no more: the request is worked out anew. */
export class Overtaken extends Error {}

/** 401, before anything is looked up. */
export const notAuthenticated = (text: string): Refusal => new Refusal(`Error on authenticateRequest! ${text}`, 401)

export const malformed = (text: string): Refusal => new Refusal(`Error: ${text}`, 400)

export const noSpace = (id: string): Refusal => new Refusal(`SecretSpace for "${id}" did not exist!`)

export const noSubSpace = (fromId: string): Refusal => new Refusal(`There is no SubSpace for "${fromId}"`)

export const noSecret = (secretId: string): Refusal => new Refusal(`Secret with secretId "${secretId}" did not exist!`)
