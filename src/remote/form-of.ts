import { isAbsolute, normalize } from "node:path"
import { SecretError } from "../base/errors.ts"
import type { AppliedTarget } from "./applied-state.ts"
import { createBlockInFile } from "./block-in-file.ts"
import type { DeliveryTarget } from "./delivery.ts"
import { createFolderForm } from "./folder-form.ts"
import type { Form } from "./form.ts"
import type { RunProgram } from "./run-program.ts"
import { createTextForm } from "./text-form.ts"
import { WHOLE_FILE } from "./whole-file.ts"

export const formOf = (target: AppliedTarget, parts: { run: RunProgram; mayBeOnDisk: boolean }): Form => {
  if (target.mode === "folder") return createFolderForm(target, parts)
  return createTextForm(target, target.mode === "file" ? WHOLE_FILE : createBlockInFile(target.format), parts.run)
}

/** @throws SecretError `invalid_argument` */
export const assertTarget = ({ mode, format, path }: AppliedTarget, restart: DeliveryTarget["restart"]): void => {
  if (!isPlainPath(path)) throw new SecretError("invalid_argument", "the path of a target is absolute, without . and .. in it")
  if (mode === "block" && format === "json") throw new SecretError("invalid_argument", "a json file has no blocks", { help: "Use mode file, or another format." })
  if (restart === undefined) return
  const programs = [restart.command[0], ...(restart.check === undefined ? [] : [restart.check[0]])]
  if (programs.some((program) => program === undefined || !isAbsolute(program))) throw new SecretError("invalid_argument", "restart.command and restart.check begin with an absolute program")
  if (!Number.isSafeInteger(restart.timeoutMs) || restart.timeoutMs <= 0) throw new SecretError("invalid_argument", "restart.timeoutMs is a whole number above 0")
}

const isPlainPath = (path: string): boolean => isAbsolute(path) && !path.includes("\0") && !path.endsWith("/") && normalize(path) === path
