import { randomBytes } from "node:crypto"
import { basename } from "node:path"
import { SecretError } from "../../base/errors.ts"
import { findCommand } from "../find-command.ts"
import type { GraphJob } from "./graph.ts"

export interface ContainerEngine {
  /** The path of docker or podman. */
  file: string
  kind: "docker" | "podman"
  /** Whose files the container is to read. */
  uid: number
  gid: number
}

const KNOWN = ["docker", "podman"] as const

/** The one that SOTTO_CONTAINER_ENGINE names, else docker, else podman. @throws SecretError `not_supported` */
export const findEngine = (env: Readonly<Record<string, string | undefined>>): ContainerEngine => {
  const named = env.SOTTO_CONTAINER_ENGINE
  for (const name of named ? [named] : KNOWN) {
    const file = orNull(() => findCommand(name, env))
    if (file !== null) return { file, kind: basename(file).includes("podman") ? "podman" : "docker", uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  }
  throw new SecretError("not_supported", "the job has an image, and there is neither docker nor podman", {
    details: { reason: "no_engine" },
    help: "Install one of them, or name it in SOTTO_CONTAINER_ENGINE.",
  })
}

const orNull = <T>(work: () => T): T | null => {
  try {
    return work()
  } catch {
    return null
  }
}

export const WORKSPACE = "/workspace"
const SECRETS = "/run/sotto/secrets"

export const secretPath = (name: string): string => `${SECRETS}/${name}`

export const containerName = (job: GraphJob): string => `sotto-${job.name}-${randomBytes(6).toString("hex")}`

export interface ContainerOrder {
  name: string
  image: string
  /** Absolute, on this machine. */
  workspace: string
  /** From the name of a secret to the file that holds its value, on this machine. */
  files: Readonly<Record<string, string>>
  /** Plain variables, and paths in the container of secrets; never a value. */
  variables: Readonly<Record<string, string>>
}

/**
 * Starts a container that waits: each step is run inside. `--mount` fails where a file is not there; `-v` would make a folder.
 * The caller's own user reads the files, which stay 0600.
 */
export const startArguments = ({ kind, uid, gid }: ContainerEngine, { name, image, workspace, files, variables }: ContainerOrder): string[] => [
  "run", "--detach", "--rm", "--name", name,
  ...userOf({ kind, uid, gid }),
  "--workdir", WORKSPACE,
  "--mount", `type=bind,source=${workspace},target=${WORKSPACE}`,
  ...Object.entries(files).flatMap(([secret, file]) => ["--mount", `type=bind,source=${file},target=${secretPath(secret)},readonly`]),
  ...Object.entries(variables).flatMap(([variable, value]) => ["--env", `${variable}=${value}`]),
  "--entrypoint", "sh", image, "-c", "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done",
]

/** Without root, podman's root is the caller; another user's number would mean another user. */
const userOf = ({ kind, uid, gid }: Pick<ContainerEngine, "kind" | "uid" | "gid">): string[] =>
  kind === "podman" && uid !== 0 ? ["--userns", "keep-id", "--user", `${uid}:${gid}`] : ["--user", `${uid}:${gid}`]

export interface StepOrder {
  /** Names of secrets that the step sees as values. */
  direct: readonly string[]
  /** Names that an image may set and that must not be there. */
  unset: readonly string[]
  script: string
}

/** Values are read inside, from their mounted files: neither arguments nor the engine's records hold one. */
export const stepArguments = (name: string, { direct, unset, script }: StepOrder): string[] => {
  const lines = [
    ...unset.map((variable) => `unset ${variable}`),
    // a letter behind the value keeps the shell from cutting line breaks off its end
    ...direct.map((variable) => `${variable}=$(cat ${secretPath(variable)} && printf x) || exit 125\nexport ${variable}="\${${variable}%x}"`),
    script,
  ]
  return ["exec", "--workdir", WORKSPACE, name, "sh", "-c", lines.join("\n")]
}

/** At once: what runs in it was asked to end before. */
export const removeArguments = ({ kind }: ContainerEngine, name: string): string[] => ["rm", "--force", ...(kind === "podman" ? ["--time", "0"] : []), name]
