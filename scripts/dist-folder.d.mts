/** What dist/ is built of. */
export const SOURCES: readonly string[];
