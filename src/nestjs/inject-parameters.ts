import { Inject, type InjectionToken } from "@nestjs/common"

/** What a class's constructor is given, in its order: decorators of parameters, applied as functions. */
export const injectParameters = (target: object, tokens: readonly InjectionToken[]): void => tokens.forEach((token, at) => Inject(token)(target, undefined, at))
