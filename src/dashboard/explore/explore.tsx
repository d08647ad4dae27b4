/** The page on which any figure can be narrowed and split: a chart over time and the parts below it. */
import type { AnswerOf, QueryOf } from '../../api/answers.js';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { plain } from '../format.js';
import { Chart, periodLabel } from '../parts/chart.js';
import { Card, PagedRows } from '../parts/list.js';
import { Name, spendColumns } from '../parts/spend.js';
import { Answer, Empty } from '../parts/state.js';
import { Bar } from '../parts/table.js';
import { useAnswer, usePages } from '../question.js';
import { go, Link, useAddress, withQuery } from '../router.js';
import { useScope } from '../scope.js';
import {
  filters,
  groups,
  isGroup,
  isMetric,
  metrics,
  type Filter,
  type Group,
  type Metric,
} from './choices.js';
import { linesOf, type Line } from './lines.js';

type Part = AnswerOf<'/v1/analytics/breakdown'>['parts'][number];
type Asked = QueryOf<'/v1/analytics/breakdown'>;

/** Parts with a line or a colour of their own; the others are one part. */
const SHOWN_PARTS = 6;

/** One figure over time and its parts, narrowed by the filters in the address. */
export function ExplorePage() {
  const { span, key, asked } = useScope();
  const address = useAddress();
  const query = address.searchParams;
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const [givenMetric, givenGroup] = [query.get('metric') ?? '', query.get('by') ?? ''];
  const metric: Metric = isMetric(givenMetric) ? givenMetric : 'cost_usd';
  const group: Group | undefined =
    givenGroup === 'none' ? undefined : isGroup(givenGroup) ? givenGroup : 'model';
  const chosen = (Object.keys(filters) as Filter[]).flatMap((name) => {
    const value = query.get(name);
    return value === null || value === '' ? [] : [[name, value] as const];
  });
  const narrowed: Asked = {
    ...Object.fromEntries(chosen),
    ...(group === undefined ? {} : { group_by: group }),
  };
  const identity = [...key, ...chosen.flat(), group ?? ''];
  const series = useAnswer('/v1/analytics/series', {
    key: [...identity, metric, timeZone],
    query: () => ({
      ...asked(),
      ...narrowed,
      metric,
      period: span.period,
      timezone: timeZone,
      limit: SHOWN_PARTS,
    }),
  });
  // A series has no row for a period without a request; this has all periods.
  const periods = useAnswer('/v1/analytics/trend', {
    key: [...key, timeZone],
    query: () => ({ ...asked(), period: span.period, timezone: timeZone }),
  });
  const parts = usePages('/v1/analytics/breakdown', {
    key: identity,
    query: () => ({ ...asked(), ...narrowed, limit: 50 }),
  });
  const change = (changes: Record<string, string>) => go(withQuery(address, '/explore', changes));
  return (
    <>
      <h1>Explore</h1>
      <p className="facts">{span.title}. Choose a part of the table to look only at it.</p>
      <div className="filters">
        <Select
          label="Figure"
          value={metric}
          choices={metrics}
          onChange={(value) => change({ metric: value })}
        />
        <Select
          label="by"
          value={group ?? 'none'}
          choices={{ none: 'nothing', ...groups }}
          onChange={(value) => change({ by: value })}
        />
        {chosen.map(([name, value]) => (
          <button key={name} type="button" className="chip" onClick={() => change({ [name]: '' })}>
            {filters[name]}: {plain(value)} <span aria-hidden="true">×</span>
            <span className="hidden">, remove this filter</span>
          </button>
        ))}
      </div>
      <Card
        id="series"
        title={`${metrics[metric]}${group === undefined ? '' : ` by ${groups[group].toLowerCase()}`}`}
      >
        <Answer of={series} rows={8}>
          {({ points }) =>
            points.length === 0 ? (
              <Empty title="No request passes these filters in this period." />
            ) : (
              <Series
                points={points}
                periods={span.name === 'all' ? [] : (periods.data?.periods ?? [])}
                metric={metric}
              />
            )
          }
        </Answer>
      </Card>
      <PagedRows
        id="parts"
        title="Parts"
        note="Every request that passes the filters is in exactly one row. The share is that of the cost."
        of={parts}
        rowsOf={({ parts: rows }) => rows}
        columns={(rows) => [
          {
            title: group === undefined ? 'All' : groups[group],
            cell: (part) => <PartName part={part} group={group} address={address} />,
          },
          { title: 'Share', cell: ({ cost_share: share }) => percent(share), isFigure: true },
          { title: 'Sessions', cell: ({ sessions }) => grouped(sessions), isFigure: true, isSpare: true },
          ...spendColumns(rows),
        ]}
        rowKey={({ part }) => part}
        empty="No request passes these filters in this period."
        isNamed
      />
    </>
  );
}

/** A part, as a link that keeps only it; a session leads to its page. */
function PartName({
  part: { part, cost_share: share },
  group,
  address,
}: {
  part: Part;
  group: Group | undefined;
  address: URL;
}) {
  const name = group === undefined ? 'all requests' : plain(part === '' ? UNKNOWN : part);
  const to = group === undefined ? undefined : addressOf(group, part, address);
  return (
    <span className="part">
      {to === undefined ? <Name of={name} /> : <Link href={to}>{name}</Link>}
      <Bar share={share} />
    </span>
  );
}

/** The page of a session, or the same page with the part alone; none where nothing names the requests of the part. */
function addressOf(group: Group, part: string, address: URL): string | undefined {
  if (group === 'session' || group === 'project') {
    if (part === 'unattributed') return undefined;
    return group === 'session'
      ? withQuery(new URL(address.pathname, address), `/sessions/${encodeURIComponent(part)}`, {})
      : withQuery(address, '/explore', { project: part, by: 'model' });
  }
  if (part === 'unknown' && (group === 'device' || group === 'user')) return undefined;
  return withQuery(address, '/explore', { [group]: part, by: group === 'model' ? 'agent' : 'model' });
}

function Series({
  points,
  periods,
  metric,
}: {
  points: AnswerOf<'/v1/analytics/series'>['points'];
  periods: AnswerOf<'/v1/analytics/trend'>['periods'];
  metric: Metric;
}) {
  const sums = summed.includes(metric);
  const { places, lines } = linesOf(points, periods, sums ? 0 : null);
  const show = showOf(metric);
  return (
    <>
      <Chart
        label={`${metrics[metric]} of ${plural(places.length, 'period')}.`}
        kind={sums ? 'bars' : 'lines'}
        places={places.map(({ key, start }) => ({ key, label: periodLabel(start) }))}
        series={lines.map(({ values }) => values)}
        scale={(values) => (metric === 'cost_usd' ? usdColumn(values) : show)}
        told={(place) => (
          <>
            <strong>{places[place]?.start}</strong>
            {places[place]?.isPartial === true && ' (in part)'}: {toldOf(lines, place, show, sums)}
          </>
        )}
      />
      {lines.length > 1 && (
        <ul className="legend">
          {lines.map(({ name }, at) => (
            <li key={`${at} ${name}`}>
              <span className={`swatch series-${at}`} aria-hidden="true" /> {plain(name)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The figures of a period in words: of several parts, those that have one. */
function toldOf(
  lines: readonly Line[],
  place: number,
  show: (value: number) => string,
  sums: boolean,
): string {
  const textOf = ({ values }: Line) => {
    const value = values[place] ?? null;
    return value === null ? UNKNOWN : show(value);
  };
  const [first, ...others] = lines;
  if (first === undefined) return '';
  if (others.length === 0) return textOf(first);
  const told = lines
    // Without a request, a part has no rate.
    .filter(({ values }) => (sums ? values[place] !== 0 : (values[place] ?? null) !== null))
    .map((line) => `${plain(line.name)} ${textOf(line)}`);
  if (told.length > 0) return told.join(', ');
  return sums ? show(0) : UNKNOWN;
}

/** Figures whose parts sum to the whole; the others are lines. */
const summed: readonly Metric[] = [
  'cost_usd',
  'requests',
  'unpriced_requests',
  'total_tokens',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
];

function showOf(metric: Metric): (value: number) => string {
  if (metric === 'cost_usd') return (value) => usd(value);
  if (metric === 'cache_hit_rate') return (value) => percent(value);
  return metric.endsWith('_tokens') ? (value) => compact(value) : (value) => grouped(value);
}

function Select<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: Readonly<Record<Value, string>>;
  onChange: (value: string) => void;
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={({ target }) => onChange(target.value)}>
        {Object.entries<string>(choices).map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
