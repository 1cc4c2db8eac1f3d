import { QueryClient } from "@tanstack/react-query"
import { isSecretError } from "../base/errors.ts"

const RETRIES = 2

/** Holds names and times, never a value: values go from the answer to the screen and nowhere else. */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        networkMode: "always",
        retry: (failures, error) => failures < RETRIES && isSecretError(error) && error.code === "server_unreachable",
      },
    },
  })
