/** `atel sql`: runs a query and prints its rows. */
import { plural } from '../../base/format/counts.js';
import type { Desk } from '../shared/answer.js';
import { UsageError } from '../shared/options.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { broken, fit, hanging, pad, plain, width } from '../render/text.js';
import type { sql } from '../commands/sql.js';
import type { OptionsOf } from '../shared/command.js';

/**
 * Runs one read-only SELECT over the tables and pipes, and prints its rows. The store refuses statements that write.
 */
export async function run(
  options: OptionsOf<typeof sql.flags>,
  { asker, terminal, print }: Desk,
  query: string,
): Promise<void> {
  const [, format = 'JSON'] = /\bFORMAT\s+(\w+)[\s;]*$/i.exec(query) ?? [];
  if (format !== 'JSON')
    throw new UsageError(`end the query without FORMAT ${format}: --json prints JSON, atel export files`);
  const rows = await asker.sql(query.replace(/;\s*$/, ''));
  if (options.json === true) {
    print(JSON.stringify(rows, null, 2));
    return;
  }
  for (const line of rows.length === 0 ? ['No rows.'] : rowLines(rows, terminal)) print(line);
}

type Row = Record<string, unknown>;

/** A narrower column of values is not readable. */
const LEAST = 8;

/** A table, or one block per row if there are too many columns for a table. */
function rowLines(rows: readonly Row[], terminal: Terminal): string[] {
  const { paint } = terminal;
  const names = Object.keys(rows[0] ?? {});
  const footer = paint.dim(plural(rows.length, 'row'));
  if (names.length * (LEAST + 2) - 2 > terminal.width) {
    const most = Math.floor(terminal.width / 3);
    const longest = Math.min(most, Math.max(...names.map((name) => width(plain(name)))));
    return [
      ...rows.flatMap((row) => [
        ...names.flatMap((name) => {
          const mark = `${pad(paint.dim(fit(plain(name), longest)), longest)}  `;
          return hanging(mark, plain(shown(row[name])), terminal.width, broken).map((line) => line.trimEnd());
        }),
        '',
      ]),
      footer,
    ];
  }
  const columns = names.map((name): Column<Row> => ({
    title: plain(name),
    cell: (row) => shown(row[name]),
    align: rows.every((row) => row[name] === null || isNumber(row[name])) ? 'right' : 'left',
    shrinksTo: LEAST,
  }));
  return [...table(rows, columns, terminal), footer];
}

/** A number that JSON cannot represent comes as a string of digits. */
function isNumber(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?[\d.]{16,}$/.test(value));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
