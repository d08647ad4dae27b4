/** Lays out a table that fits the terminal. */
import { fit, pad, plain, width } from './text.js';
import type { Terminal } from './terminal.js';

/** A column of a table. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => string;
  /** Numbers are aligned right. */
  align?: 'left' | 'right';
  /** Minimum width to which it may be shortened; without it, the column is never shortened. */
  shrinksTo?: number;
  /**
   * The column may be left out before a name of usual length is shortened; the highest number goes first. Without it,
   * the column always stays.
   */
  spare?: number;
  /** Colours the padded cell. */
  paint?: (cell: string, row: Row) => string;
}

const GAP = '  ';

/** Names up to this length are more important than a spare column. */
const USUAL_NAME = 32;

/**
 * The lines of a table that fits the terminal: first spare columns are left out, then long cells are shortened, the
 * longest most; if that is not enough, every column is. Control characters in values are made harmless here, so that no
 * stored name can control the terminal.
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width: available, paint }: Terminal,
  indent = '',
): string[] {
  const layout = layOut(rows, columns, available - indent.length);
  const line = (cells: string[]) => (indent + cells.join(GAP)).trimEnd();
  const head = layout.map(({ column, size }) => pad(fit(column.title, size), size, sideOf(column)));
  return [
    paint.dim(line(head)),
    ...rows.map((row, index) =>
      trimEnd(
        indent +
          layout
            .map(({ column, size, cells }) => {
              const cell = pad(fit(cells[index] ?? '', size), size, sideOf(column));
              return column.paint === undefined ? cell : column.paint(cell, row);
            })
            .join(GAP),
      ),
    ),
  ];
}

interface Laid<Row> {
  column: Column<Row>;
  cells: string[];
  size: number;
}

function layOut<Row>(rows: readonly Row[], columns: readonly Column<Row>[], available: number): Laid<Row>[] {
  let laid = columns.map((column): Laid<Row> => {
    const cells = rows.map((row) => plain(column.cell(row)));
    return { column, cells, size: longest([column.title, ...cells]) };
  });
  const least = ({ column, size }: Laid<Row>) => Math.min(size, column.shrinksTo ?? size);
  const total = (sizes: number[]) =>
    sizes.reduce((sum, size) => sum + size, 0) + GAP.length * (sizes.length - 1);

  const wanted = (one: Laid<Row>) => Math.max(least(one), Math.min(one.size, USUAL_NAME));
  while (total(laid.map(wanted)) > available) {
    const [first] = laid
      .filter(({ column }) => column.spare !== undefined)
      .sort((a, b) => (b.column.spare ?? 0) - (a.column.spare ?? 0));
    if (first === undefined) break;
    laid = laid.filter((one) => one !== first);
  }
  const excess = () => total(laid.map(({ size }) => size)) - available;
  const shrink = (floor: (one: Laid<Row>) => number) => {
    for (let over = excess(); over > 0; over -= 1) {
      const [widest] = laid.filter((one) => one.size > floor(one)).sort((a, b) => b.size - a.size);
      if (widest === undefined) return;
      widest.size -= 1;
    }
  };
  shrink(least);
  // For very narrow terminals: no line may be wider than the terminal.
  shrink(() => 1);
  return laid;
}

/**
 * Width of the widest text. Not Math.max(...), because there may be more texts than a function call takes arguments.
 */
function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, width(text)), 0);
}

function sideOf<Row>({ align = 'left' }: Column<Row>): 'left' | 'right' {
  return align === 'right' ? 'right' : 'left';
}

/** Removes blanks at the end, also between colour codes. */
function trimEnd(line: string): string {
  // eslint-disable-next-line no-control-regex -- colour codes are control sequences
  return line.replace(/(?: |\u001b\[\d+m)+$/, (tail) => tail.replaceAll(' ', ''));
}
