/**
 * Figures that lists are ordered and paged by: whole numbers, which are exactly the same in SQL and of an answered row.
 */

/** The last digits of a sum of costs may differ from one question to the next: it is compared in billionths of a USD. */
export const exactCost = {
  sql: (column: string) => `toInt64(floor(${column} * 1e9 + 0.5))`,
  of: (usd: number) => Math.floor(usd * 1e9 + 0.5),
};

/** Milliseconds since 1970, of a time in the store's format. */
export const exactTime = {
  sql: (column: string) => `toUnixTimestamp64Milli(${column})`,
  of: (time: string) => Date.parse(`${time.replace(' ', 'T')}Z`),
};

/** A count is exact as it is; its column may be unsigned. */
export const exactCount = {
  sql: (column: string) => `toInt64(${column})`,
  of: (count: number) => count,
};
