/**
 * The parts of the program whose failures are in the log: `drain` reads events and transcripts, `delivery` sends rows to
 * the store, `traces` sends traces on, `logs` prunes project logs, `history` watches transcripts; the others serve.
 */
export const logParts = [
  'drain',
  'delivery',
  'traces',
  'logs',
  'history',
  'store',
  'collector',
  'api',
  'alerts',
] as const;

export type LogPart = (typeof logParts)[number];
