/** Milliseconds since 1970. Every time that Sotto stores or compares comes from one of these. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()
