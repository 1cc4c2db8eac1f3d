/** U+FDD0 to U+FDEF, and the last two of each of the 17 planes. */
const NONCHARACTER = /[\ufdd0-\ufdef\ufffe\uffff]|[\ud83f\ud87f\ud8bf\ud8ff\ud93f\ud97f\ud9bf\ud9ff\uda3f\uda7f\udabf\udaff\udb3f\udb7f\udbbf\udbff][\udffe\udfff]/

/** systemd takes noncharacters for bytes that are no UTF-8. */
export const hasNoncharacter = (text: string): boolean => NONCHARACTER.test(text)
