/** The table that all pages use. */
import { useState, type ReactNode } from 'react';
import { UNKNOWN } from '../../base/format/unknown.js';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers are aligned right. */
  isFigure?: boolean;
  /** Hidden on a narrow screen; `wide`: shown only on a wide one. */
  isSpare?: boolean | 'wide';
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
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  top?: number | undefined;
  /** The first column takes the width that the other columns leave. */
  isNamed?: boolean | undefined;
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
                <th key={column.title} scope="col" className={classOf(column)}>
                  {column.title}
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
