/** The output of `atel dead list` and `show` for a person. */
import { plural } from '../../base/format/counts.js';
import { withoutControls } from '../../store/store-error.js';
import type * as z from 'zod/mini';
import type { deadSchema } from '../../schemas.js';
import type { Terminal } from '../render/terminal.js';
import { fit, whole, wrap } from '../render/text.js';

/** The data of `dead`, as printed with `--json`. */
export type DeadRows = z.infer<typeof deadSchema>;

/** The reason of a quarantine can fill a screen; `show` and `--json` have all of it. */
const REASON_LINES = 2;

/** Each letter with its id, table, number of rows, time and reason, and what it holds if that is known. */
export function letterLines({ rows, letters }: DeadRows, { paint, width }: Terminal): string[] {
  const shown = letters.flatMap(({ id, table, rows: held, reason, at, row }) => {
    const facts = [table ?? 'unknown table', plural(held, 'row'), at ?? 'unknown time'].map(withoutControls);
    const text = withoutControls(reason).replace(/\s+/g, ' ');
    return [
      `${paint.bold(id)}  ${facts.join(', ')}`,
      ...wrap(row === null ? fit(text, REASON_LINES * (width - 2)) : text, width, '  ', whole).map(paint.red),
      ...(row === null ? [] : [`  ${withoutControls(JSON.stringify(row))}`]),
    ];
  });
  return [...shown, rows === 0 ? 'No refused rows.' : `${plural(rows, 'refused row')}.`];
}
