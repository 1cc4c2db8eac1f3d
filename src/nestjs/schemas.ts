import { secretRoutes } from "../api/secret-routes.ts"

/** What a secret is written with: `{ key, value, metadata?, ttlMs? }`. */
export const SecretWriteSchema = secretRoutes.createSecret.body
/** What a secret is changed with: `{ value?, metadata?, ttlMs?, ifVersion? }`. */
export const SecretUpdateSchema = secretRoutes.updateSecret.body
