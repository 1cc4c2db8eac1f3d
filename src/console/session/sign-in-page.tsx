import { useState, type ReactNode, type SubmitEvent } from "react"
import type { SecretError } from "../../base/errors.ts"
import { useAction } from "../parts/use-action.ts"
import { Button } from "../parts/button.tsx"
import { ErrorBox } from "../parts/error-box.tsx"
import { Logo } from "../parts/logo.tsx"
import { useSession } from "./use-session.ts"

interface SignInPageProps {
  problem?: SecretError | undefined
  notice?: string | undefined
}

/** What somebody sees who is not signed in, also in the middle of their work. */
export const SignInPage = ({ problem, notice }: SignInPageProps): ReactNode => (
  <main className="mx-auto grid min-h-dvh max-w-md content-start px-4 pt-[12vh] pb-8">
    <section className="card p-6 sm:p-8">
      <h1 className="flex items-center gap-2.5 text-2xl font-semibold tracking-tight">
        <Logo /> Sotto
      </h1>
      <p className="mt-2 text-soft">Your secrets layer is running. Open the link that the terminal printed, or type its code here.</p>
      {notice !== undefined && (
        <p role="status" className="mt-4 rounded-md bg-accent-soft px-3 py-2">
          {notice}
        </p>
      )}
      <CodeForm problem={problem} />
      <p className="mt-6 text-sm text-soft">
        No code at hand? Run <code>sotto open</code> on the machine of the server.
      </p>
    </section>
  </main>
)

const CodeForm = ({ problem }: { problem: SecretError | undefined }): ReactNode => {
  const session = useSession()
  const [code, setCode] = useState("")
  const { run, isBusy, error } = useAction(() => session.signIn(code.trim()))
  const retry = useAction(() => session.start(null))
  const shown = error ?? problem
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void run()
  }
  return (
    <form onSubmit={submit} className="mt-5 grid gap-3">
      {shown !== undefined && <ErrorBox error={shown} says={shown.code === "unauthorized" ? REFUSED : undefined} />}
      {problem?.code === "server_unreachable" && (
        <Button onClick={() => void retry.run()} isBusy={retry.isBusy}>
          Try again
        </Button>
      )}
      <label htmlFor="code" className="font-semibold">
        Sign-in code
      </label>
      <input
        id="code" className="input font-mono tracking-wide" value={code} onChange={(event) => setCode(event.target.value)}
        autoComplete="off" autoCapitalize="characters" spellCheck={false} required placeholder="XXXX-XXXX-XXXX-XXXX-XXXX-XXXX"
      />
      <Button kind="main" type="submit" isBusy={isBusy}>
        Sign in
      </Button>
    </form>
  )
}

const REFUSED = "That code is wrong, was used, or is older than ten minutes."
