/** Tables of several breakdowns below one another. */
import { plural } from '../../base/format/counts.js';
import { table, type Column } from './table.js';
import type { Terminal } from './terminal.js';

/**
 * Breakdowns below one another, with aligned figures: the first rows of each, and how many more there are. A breakdown
 * without rows is left out.
 *
 * @param titles of each dimension, in order: its title, and the name of its further parts, singular and plural
 */
export function breakdown<Row extends { dimension: string }>(
  rows: readonly Row[],
  titles: Readonly<Record<string, readonly [title: string, one: string, many: string]>>,
  columns: readonly Column<Row>[],
  top: number,
  terminal: Terminal,
): string[] {
  const kept = Object.entries(titles).map(([dimension, words]) => {
    const parts = rows.filter((row) => row.dimension === dimension);
    return { words, parts: parts.slice(0, top), more: parts.length - top };
  });
  const [head = '', ...body] = table(
    kept.flatMap(({ parts }) => parts),
    columns,
    terminal,
    '  ',
  );
  const lines = [head.replace('  ', '')];
  for (const { words, parts, more } of kept) {
    if (parts.length === 0) continue;
    const [title, one, many] = words;
    lines.push(terminal.paint.bold(title), ...body.splice(0, parts.length));
    if (more > 0) lines.push(terminal.paint.dim(`  and ${plural(more, `more ${one}`, `more ${many}`)}`));
  }
  return lines;
}
