import { spawnSync } from "node:child_process"

const isThere = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0

const apt = (...args: string[]): boolean =>
  spawnSync("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=120", ...args], { stdio: "ignore", timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).status === 0

/**
 * Brings programs that tests need and npm does not have: on Debian, as root. Elsewhere it says why they are missing.
 * @returns null where `program` is there now, else a sentence
 */
export const bringPackages = (program: string, packages: readonly string[]): string | null => {
  if (isThere(program)) return null
  const asked = packages.join(" ")
  if (process.getuid?.() !== 0) return `${program} is not there, and only root could install it: apt-get install ${asked}`
  if (!isThere("apt-get")) return `${program} is not there, and neither is apt-get`
  const install = (): boolean => apt("install", "-y", "--no-install-recommends", ...packages)
  if (!install() && apt("update")) install()
  return isThere(program) ? null : `${program} is not there, and apt-get could not install ${asked}`
}
