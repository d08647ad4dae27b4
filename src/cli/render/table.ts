import { fit, pad, plain, width } from './text.js';
import type { Terminal } from './terminal.js';

/** A column of a table. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => string;
  /** Numbers stand on the right. */
  align?: 'left' | 'right';
  /** Least columns to which it may be shortened; without it, it is never shortened. */
  shrinksTo?: number;
  /** Left out rather than that a usual name is shortened; the highest goes first. Without it, it always stays. */
  spare?: number;
  /** Colours the padded cell. */
  paint?: (cell: string, row: Row) => string;
}

const GAP = '  ';

/** A name up to so long is worth more than a spare column. */
const USUAL_NAME = 32;

/**
 * Lines of a table that fits the terminal: spare columns go first, then long cells are shortened, the longest
 * most; where even that is too wide, every column gives. Values are made harmless here, so that no stored name can steer the terminal.
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
  // A terminal that is too narrow even so: no line is wider than it all the same.
  shrink(() => 1);
  return laid;
}

/** Columns of the widest text; there may be more of them than a call takes arguments. */
function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, width(text)), 0);
}

function sideOf<Row>({ align = 'left' }: Column<Row>): 'left' | 'right' {
  return align === 'right' ? 'right' : 'left';
}

/** Removes blanks at the end, also where colour codes stand around them. */
function trimEnd(line: string): string {
  // eslint-disable-next-line no-control-regex -- colour codes are control sequences
  return line.replace(/(?: |\u001b\[\d+m)+$/, (tail) => tail.replaceAll(' ', ''));
}
