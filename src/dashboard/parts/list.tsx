/** Cards with a table: of a whole answer, or of one that is loaded a page at a time. */
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Answer, Empty } from './state.js';
import { Table, type Column } from './table.js';

/** A part of a page with a heading. */
export function Card({
  id,
  title,
  note,
  children,
}: {
  id: string;
  title: string;
  /** One sentence below the heading that says what the figures mean. */
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {note !== undefined && <p className="facts">{note}</p>}
      {children}
    </section>
  );
}

interface Shown<Row> {
  id: string;
  title: string;
  note?: ReactNode;
  /** The columns; those of money depend on the rows, which share their decimals. */
  columns: readonly Column<Row>[] | ((rows: readonly Row[]) => readonly Column<Row>[]);
  rowKey: (row: Row) => string;
  /** What is said in place of an empty table. */
  empty: string;
  advice?: ReactNode;
  /** Rows that are shown at first. */
  top?: number;
  /** The first column takes the width that the other columns leave. */
  isNamed?: boolean;
}

/** A card with a table of the given rows. */
export function Rows<Row>({ rows, ...shown }: Shown<Row> & { rows: readonly Row[] }) {
  return (
    <Card id={shown.id} title={shown.title} note={shown.note}>
      <TableOrEmpty rows={rows} {...shown} />
    </Card>
  );
}

/** A card with a table that is loaded a page at a time. */
export function PagedRows<Page, Row>({
  of,
  rowsOf,
  ...shown
}: Shown<Row> & {
  of: UseInfiniteQueryResult<InfiniteData<Page>>;
  rowsOf: (page: Page) => readonly Row[];
}) {
  return (
    <Card id={shown.id} title={shown.title} note={shown.note}>
      <Answer of={of} rows={6}>
        {({ pages }) => <TableOrEmpty rows={pages.flatMap(rowsOf)} {...shown} />}
      </Answer>
      <More of={of} />
    </Card>
  );
}

function TableOrEmpty<Row>({
  rows,
  title,
  columns,
  rowKey,
  empty,
  advice,
  top,
  isNamed,
}: Shown<Row> & { rows: readonly Row[] }) {
  if (rows.length === 0) return <Empty title={empty}>{advice}</Empty>;
  return (
    <Table
      label={title}
      columns={typeof columns === 'function' ? columns(rows) : columns}
      rows={rows}
      rowKey={rowKey}
      top={top}
      isNamed={isNamed}
    />
  );
}

/** A button that loads the next page; nothing after the last one. */
export function More({
  of: { hasNextPage, isFetchingNextPage, fetchNextPage },
  title = 'More',
}: {
  of: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;
  title?: string;
}) {
  if (!hasNextPage) return null;
  return (
    <button type="button" className="more" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      {isFetchingNextPage ? 'Loading …' : title}
    </button>
  );
}
