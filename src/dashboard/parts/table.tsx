/** The table that all pages use. */
import { useState, type ReactNode } from 'react';
import { UNKNOWN } from '../../base/format/unknown.js';

/** The order of a table whose titles can be clicked. */
export interface Sorting {
  /** The column that the rows are sorted by, by its `sort`. */
  by: string;
  isAscending: boolean;
  /** Sorts by a column; by the same one again: the other way round. */
  change: (by: string) => void;
}

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers are aligned right. */
  isFigure?: boolean;
  /** Hidden on a narrow screen; `wide`: shown only on a wide one. */
  isSpare?: boolean | 'wide';
  /** What the table can be sorted by, if it can be by this column. */
  sort?: string;
  /** Takes the width that the other columns leave, and is cut there. */
  takesRest?: boolean;
}

/** A table with column titles; shows the first `top` rows until the user expands it. */
export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  top = Infinity,
  isNamed,
  sorting,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  top?: number | undefined;
  /** The first column takes the width that the other columns leave. */
  isNamed?: boolean | undefined;
  /** Without it, no title can be clicked. */
  sorting?: Sorting | undefined;
}) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, top);
  const classOf = ({ isFigure, isSpare, takesRest }: Column<Row>) =>
    [
      isFigure === true ? 'figure' : '',
      isSpare === true ? 'spare' : isSpare === 'wide' ? 'spare-wide' : '',
      takesRest === true ? 'rest' : '',
    ]
      .filter((name) => name !== '')
      .join(' ') || undefined;
  return (
    <>
      <div className="scroll" role="group" aria-label={label} tabIndex={0}>
        <table className={isNamed === true ? 'named' : undefined}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.title}
                  scope="col"
                  className={classOf(column)}
                  aria-sort={orderOf(column, sorting)}
                >
                  <Title {...column} sorting={sorting} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map((column) => (
                  <td key={column.title} className={classOf(column)}>
                    {known(column.cell(row))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {top < rows.length && (
        <button type="button" className="more" onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show only ${top}` : `Show all ${rows.length}`}
        </button>
      )}
    </>
  );
}

/** The order of a column, as assistive technology tells it; undefined if the table cannot be sorted by it. */
function orderOf(
  { sort }: Pick<Column<never>, 'sort'>,
  sorting: Sorting | undefined,
): 'ascending' | 'descending' | 'none' | undefined {
  if (sort === undefined || sorting === undefined) return undefined;
  if (sort !== sorting.by) return 'none';
  return sorting.isAscending ? 'ascending' : 'descending';
}

/** The title of a column; a button if the table can be sorted by it. */
function Title({
  title,
  sort,
  sorting,
}: Pick<Column<never>, 'title' | 'sort'> & { sorting: Sorting | undefined }) {
  if (sort === undefined || sorting === undefined) return title;
  const mark = sort !== sorting.by ? '' : sorting.isAscending ? '▲' : '▼';
  return (
    <button type="button" className="sort" onClick={() => sorting.change(sort)}>
      {title}
      <span aria-hidden="true">{mark}</span>
    </button>
  );
}

/** An unknown figure is greyed out. */
export function known(cell: ReactNode): ReactNode {
  return cell === UNKNOWN ? <span className="unknown">{cell}</span> : cell;
}

/** A decorative bar whose length is a share of 1; the figure itself is beside it. */
export function Bar({ share }: { share: number | null }) {
  const width = share === null ? 0 : Math.min(1, Math.max(0, share)) * 100;
  return (
    <span className="meter" aria-hidden="true">
      <span style={{ width: `${width}%` }} />
    </span>
  );
}
