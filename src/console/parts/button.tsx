import type { ButtonHTMLAttributes, ReactNode } from "react"

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "main" | "plain" | "quiet" | "danger"
  /** Work is under way: another press does nothing. */
  isBusy?: boolean
}

/** It stays focusable while it is busy: a disabled button loses the keyboard's place. */
export const Button = ({ kind = "plain", isBusy = false, className = "", children, onClick, type = "button", ...rest }: ButtonProps): ReactNode => (
  <button
    {...rest}
    type={type === "submit" && !isBusy ? "submit" : "button"}
    aria-disabled={isBusy || undefined}
    className={`button button-${kind} ${className}`}
    onClick={isBusy ? undefined : onClick}
  >
    {children}
    {isBusy && <span className="spinner" aria-hidden="true" />}
  </button>
)
