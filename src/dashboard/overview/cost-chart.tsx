/** The chart of cost over time. */
import type { AnswerOf } from '../../api/answers.js';
import { compact, plural } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { Chart, periodLabel } from '../parts/chart.js';

type Period = AnswerOf<'/v1/analytics/trend'>['periods'][number];

/** One bar per period. */
export function CostChart({ periods }: { periods: readonly Period[] }) {
  return (
    <Chart
      label={`Cost of ${plural(periods.length, 'period')}, USD.`}
      places={periods.map(({ starts_at: key, period_start: start }) => ({ key, label: periodLabel(start) }))}
      series={[periods.map(({ total_cost_usd: cost }) => cost)]}
      scale={usdColumn}
      told={(place) => {
        const period = periods[place];
        return period === undefined ? null : <Selected period={period} />;
      }}
    />
  );
}

function Selected({ period }: { period: Period }) {
  const { total_cost_usd: cost, is_partial: isPartial } = period;
  return (
    <>
      <strong>{period.period_start}</strong>
      {isPartial === 1 && ' (in part)'}: {cost === null ? UNKNOWN : `${usd(cost)} USD`},{' '}
      {plural(period.request_count, 'request')}, {plural(period.sessions, 'session')},{' '}
      {compact(period.total_tokens)} tokens
      {period.unpriced_requests > 0 && `, ${plural(period.unpriced_requests, 'request')} without a price`}
    </>
  );
}
