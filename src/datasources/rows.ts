/** The types of the rows that the tables take. */
import type * as tables from './index.js';
import type { SentRow } from './otel.js';

/** The tables that take rows: all but those that materialised views fill. */
export type Ingestible = Omit<
  typeof tables,
  | 'copiedRequests'
  | 'listedSkills'
  | 'mainMessages'
  | 'namelessMessages'
  | 'requests'
  | 'sessionBounds'
  | 'sideQuestions'
  | 'taskBounds'
  | 'unpricedMonths'
>;

/** A table's name and a row of it, for every table that takes rows. */
export type TableRow = {
  [K in keyof Ingestible]: { table: Ingestible[K]['_name']; row: SentRow<Ingestible[K]> };
}[keyof Ingestible];
