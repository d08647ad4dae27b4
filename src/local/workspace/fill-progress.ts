/** Tells how far a long deployment is: filling a large table anew takes minutes. */

/** A table that takes less time to fill is not worth a line, milliseconds. */
const QUIET_MS = 2_000;
/** Time between two lines, milliseconds. */
const PAUSE_MS = 5_000;

/** How many rows a statement has read, of about how many. */
export interface RowsRead {
  read: number;
  total: number;
}

/**
 * Fills a table, and tells how far it is while that takes long.
 *
 * @param table name of the table and its place among those to be filled, `requests (2 of 3)`
 * @param read what the running statement has read; undefined if that is not known
 */
export async function tellingProgress(
  table: string,
  fill: () => Promise<void>,
  read: () => Promise<RowsRead | undefined>,
  tell: (line: string) => void,
): Promise<void> {
  const state = { isOver: false, hasTold: false };
  const next = (pause: number) => setTimeout(() => void look(), pause);
  const look = async () => {
    const rows = await read().catch(() => undefined);
    // The answer may come after the end.
    if (state.isOver) return;
    state.hasTold = true;
    tell(`converting ${table}${rows === undefined ? '' : `: ${shareOf(rows)}`}`);
    timer = next(PAUSE_MS);
  };
  let timer = next(QUIET_MS);
  try {
    await fill();
    if (state.hasTold) tell(`converted ${table}`);
  } finally {
    state.isOver = true;
    clearTimeout(timer);
  }
}

/** A statement may read more rows than was estimated. */
function shareOf({ read, total }: RowsRead): string {
  const rows = read.toLocaleString('en');
  return total === 0 ? `${rows} rows` : `${Math.min(99, Math.floor((100 * read) / total))} %, ${rows} rows`;
}
