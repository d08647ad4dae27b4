/** Columns that tables of costs share. */
import { compact, grouped } from '../../base/format/counts.js';
import { usdColumn } from '../../base/format/money.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { plain } from '../format.js';
import type { Column } from './table.js';

/** What every breakdown of the cost says of a part. */
interface Spend {
  total_cost_usd: number | null;
  total_tokens: number;
  request_count: number;
  unpriced_requests: number;
}

/** Cost, requests and tokens; all amounts of the rows have the same decimals. */
export function spendColumns<Row extends Spend>(rows: readonly Row[]): readonly Column<Row>[] {
  const money = usdColumn(rows.map(({ total_cost_usd: cost }) => cost));
  return [
    {
      title: 'USD',
      cell: ({ total_cost_usd: cost, unpriced_requests: unpriced, request_count: requests }) =>
        requests === 0 ? (
          '–'
        ) : unpriced > 0 && cost !== null ? (
          <span title={`${grouped(unpriced)} requests without a price are not in it`}>{money(cost)} +</span>
        ) : (
          money(cost)
        ),
      isFigure: true,
    },
    { title: 'Requests', cell: ({ request_count: count }) => grouped(count), isFigure: true, isSpare: true },
    { title: 'Tokens', cell: ({ total_tokens: tokens }) => compact(tokens), isFigure: true, isSpare: true },
  ];
}

/** A name from outside, cut where the column ends; unknown if it is empty. */
export function Name({ of, short = of }: { of: string; short?: string }) {
  return of === '' ? (
    <span className="unknown">{UNKNOWN}</span>
  ) : (
    <span title={plain(of)}>{plain(short)}</span>
  );
}
