/** The main figures of the overview. */
import type { AnswerOf } from '../../api/answers.js';
import { changeOf, isBetter, pointsOf, type Change as Changed } from '../../base/format/changes.js';
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { known } from '../parts/table.js';
import { Link, useAddress, withQuery } from '../router.js';

type Metric = AnswerOf<'/v1/summary'>['metrics'][number];

interface Shown {
  title: string;
  show: (value: number) => string;
  /** Text after the figure, such as a unit. */
  unit?: string;
  /** Whether an increase is good. */
  more?: 'good' | 'bad';
  /** The page with what the figure is made of, and its parameters there. */
  page: string;
  query?: Record<string, string>;
}

const shown: Readonly<Record<string, Shown>> = {
  cost_usd: {
    title: 'Cost, list price',
    show: usd,
    unit: 'USD',
    more: 'bad',
    page: '/explore',
    query: { metric: 'cost_usd' },
  },
  sessions: { title: 'Sessions', show: grouped, page: '/sessions' },
  prompts: { title: 'Prompts', show: grouped, page: '/insights' },
  total_tokens: { title: 'Tokens', show: compact, page: '/explore', query: { metric: 'total_tokens' } },
  cache_hit_rate: {
    title: 'Cache hit rate',
    show: percent,
    more: 'good',
    page: '/explore',
    query: { metric: 'cache_hit_rate' },
  },
  tool_success_rate: { title: 'Tool success rate', show: percent, more: 'good', page: '/tools' },
  agent_runs: { title: 'Agent runs', show: grouped, page: '/agents' },
  avg_session_ms: { title: 'Average session', show: duration, page: '/sessions' },
};

/**
 * The main figures of the window, each compared with the window before where that makes sense; an unknown figure is shown
 * as `unknown`.
 */
export function Figures({
  metrics,
  unknown,
  isCompared,
}: {
  metrics: readonly Metric[];
  unknown: string;
  isCompared: boolean;
}) {
  const byName = new Map(metrics.map((metric) => [metric.metric, metric]));
  return (
    <dl className="figures" aria-label={isCompared ? 'Figures compared with the previous period' : 'Figures'}>
      {Object.entries(shown).flatMap(([name, how]) => {
        const metric = byName.get(name);
        return metric === undefined
          ? []
          : [<Figure key={name} metric={metric} how={how} unknown={unknown} isCompared={isCompared} />];
      })}
    </dl>
  );
}

function Figure({
  metric,
  how: { title, show, unit, more, page, query = {} },
  unknown,
  isCompared,
}: {
  metric: Metric;
  how: Shown;
  unknown: string;
  isCompared: boolean;
}) {
  const { value, value_before: before } = metric;
  const address = useAddress();
  return (
    <div className="card" data-metric={metric.metric}>
      <dt>
        <Link href={withQuery(address, page, query)}>{title}</Link>
      </dt>
      <dd className="value">
        {value === null ? known(unknown) : show(value)}
        {unit !== undefined && value !== null && <small> {unit}</small>}
      </dd>
      {isCompared && (
        <dd className="before">
          <Change of={show === percent ? pointsOf(value, before) : changeOf(metric.change)} more={more} />
          <span>before: {before === null ? '–' : show(before)}</span>
        </dd>
      )}
    </div>
  );
}

function Change({ of: change, more }: { of: Changed | null; more: Shown['more'] }) {
  if (change === null) return null;
  if (change.direction === 'none') return <span className="change">unchanged</span>;
  const better = isBetter(change, more);
  const tone = better === null ? 'change' : better ? 'change good' : 'change bad';
  const isUp = change.direction === 'up';
  return (
    <span className={tone}>
      <span aria-hidden="true">{isUp ? '↑' : '↓'}</span>
      <span className="hidden">{isUp ? 'up by' : 'down by'}</span> {change.size}
    </span>
  );
}
