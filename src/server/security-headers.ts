import type { FastifyHelmetOptions } from "@fastify/helmet"
import type { ServerSettings } from "./settings.ts"

/** One script and one style sheet, both ours; nobody frames us, nothing is told to other sites. */
export const securityHeaders = ({ publicUrl }: ServerSettings): FastifyHelmetOptions => {
  const isHttps = publicUrl?.protocol === "https:"
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        ...(isHttps && { upgradeInsecureRequests: [] }),
      },
    },
    hsts: isHttps ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: "no-referrer" },
    frameguard: { action: "deny" },
  }
}
