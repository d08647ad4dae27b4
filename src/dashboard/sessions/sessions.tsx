/** The list of sessions. */
import { useEffect, useRef, useState } from 'react';
import type { AnswerOf } from '../../api/answers.js';
import { sessionOrders, sessionSorts, type SessionSort, type SortedBy } from '../../api/session-sorts.js';
import { sessionStatuses } from '../../api/session-status.js';
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { UNKNOWN } from '../../base/format/unknown.js';
import { moment, plain } from '../format.js';
import { More } from '../parts/list.js';
import { Answer, Empty } from '../parts/state.js';
import { Table, type Column, type Sorting } from '../parts/table.js';
import { usePages } from '../question.js';
import { go, Link, useAddress, withQuery } from '../router.js';
import { useScope } from '../scope.js';
import { Status, statusNames } from './status.js';

type Session = AnswerOf<'/v1/sessions'>['sessions'][number];

/** Sessions per page. */
const PAGE = 50;
/** Delay between the last keystroke and the search, milliseconds. */
const TYPING_MS = 250;

/** Which sessions come first, in words. */
const firsts: Readonly<Record<SessionSort, Readonly<Record<SortedBy['order'], string>>>> = {
  activity: { desc: 'last active first', asc: 'longest inactive first' },
  started: { desc: 'last started first', asc: 'first started first' },
  duration: { desc: 'longest first', asc: 'shortest first' },
  cost: { desc: 'most expensive first', asc: 'cheapest first' },
  tokens: { desc: 'most tokens first', asc: 'fewest tokens first' },
  requests: { desc: 'most requests first', asc: 'fewest requests first' },
  failures: { desc: 'most failed calls first', asc: 'fewest failed calls first' },
};

/** The address of the list in another order. */
const sortedBy = (address: URL, { sort, order }: { sort: string; order: string }) =>
  withQuery(address, '/sessions', {
    sort: sort === 'activity' ? '' : sort,
    order: order === 'desc' ? '' : order,
  });

/** The sessions of the window, sorted, a page at a time. */
export function SessionsPage() {
  const { span, key, asked } = useScope();
  const address = useAddress();
  const prefix = address.searchParams.get('prefix') ?? '';
  const status = address.searchParams.get('status') ?? '';
  const costs = { min_cost_usd: amountIn(address, 'min'), max_cost_usd: amountIn(address, 'max') };
  const narrowed = { prefix, status: sessionStatuses.some((one) => one === status) ? status : '', ...costs };
  const sort = sessionSorts.find((one) => one === address.searchParams.get('sort')) ?? 'activity';
  const order = sessionOrders.find((one) => one === address.searchParams.get('order')) ?? 'desc';
  const sorting: Sorting = {
    by: sort,
    isAscending: order === 'asc',
    change: (by) =>
      go(sortedBy(address, { sort: by, order: by === sort && order === 'desc' ? 'asc' : 'desc' })),
  };
  const pages = usePages('/v1/sessions', {
    key: [...key, ...Object.values(narrowed), sort, order],
    query: () => ({ ...asked(), ...narrowed, sort, order, limit: PAGE }),
  });
  const isNarrowed = Object.values(narrowed).some((given) => given !== '');
  return (
    <>
      <h1>Sessions</h1>
      <p className="facts">{span.title}</p>
      <Filters address={address} prefix={prefix} status={narrowed.status} sorted={{ sort, order }} />
      <section className="card">
        <Answer of={pages} rows={8}>
          {(data) => {
            const sessions = data.pages.flatMap((page) => page.sessions);
            if (sessions.length === 0)
              return (
                <Empty title={isNarrowed ? 'No session matches.' : 'No sessions in this period.'}>
                  <p>
                    {isNarrowed ? (
                      <button
                        type="button"
                        onClick={() =>
                          go(withQuery(address, '/sessions', { prefix: '', status: '', min: '', max: '' }))
                        }
                      >
                        Show all of this time
                      </button>
                    ) : (
                      <>
                        Choose a longer period; <code>atel status</code> says whether events arrive.
                      </>
                    )}
                  </p>
                </Empty>
              );
            return (
              <Table
                label="Sessions"
                columns={columnsOf(sessions, address, sort)}
                rows={sessions}
                rowKey={({ session_id: id }) => id}
                sorting={sorting}
              />
            );
          }}
        </Answer>
        <More
          of={pages}
          title={sort === 'activity' && order === 'desc' ? 'Older sessions' : 'More sessions'}
        />
      </section>
    </>
  );
}

function Filters({
  address,
  prefix,
  status,
  sorted,
}: {
  address: URL;
  prefix: string;
  status: string;
  sorted: SortedBy;
}) {
  const [typed, type] = useState(prefix);
  const sent = useRef(prefix);
  const change = (changes: Record<string, string>, how: 'push' | 'replace') =>
    go(withQuery(address, '/sessions', changes), how);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      change({ prefix: typed }, 'replace');
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // A link or a button changed the address: the box shows what filters. What was typed since the last search stays.
  useEffect(() => {
    if (prefix === sent.current) return;
    sent.current = prefix;
    type(prefix);
  }, [prefix]);
  return (
    <div className="filters">
      <label className="field">
        <span>Session</span>
        <input
          type="search"
          value={typed}
          spellCheck={false}
          autoComplete="off"
          placeholder="id begins with …"
          onChange={({ target }) => type(idOf(target.value))}
        />
      </label>
      <label className="field">
        <span>Status</span>
        <select value={status} onChange={({ target }) => change({ status: target.value }, 'push')}>
          <option value="">any</option>
          {sessionStatuses.map((name) => (
            <option key={name} value={name}>
              {statusNames[name]}
            </option>
          ))}
        </select>
      </label>
      <span className="range">
        <Cost address={address} name="min" label="USD from" />
        <Cost address={address} name="max" label="to" />
      </span>
      <Order address={address} sorted={sorted} />
    </div>
  );
}

/** An amount of the address as the API takes it; empty for anything else. */
function amountIn(address: URL, name: 'min' | 'max'): string {
  const given = address.searchParams.get(name) ?? '';
  return /^\d{1,9}(?:\.\d{1,9})?$/.test(given) ? given : '';
}

/** One end of the range of costs; it filters when the field is left or Enter is pressed. */
function Cost({ address, name, label }: { address: URL; name: 'min' | 'max'; label: string }) {
  const given = amountIn(address, name);
  const apply = (value: string) => {
    if (value !== given) go(withQuery(address, '/sessions', { [name]: value }));
  };
  return (
    <label className="field">
      <span>{label}</span>
      <input
        key={given}
        type="number"
        min="0"
        step="any"
        inputMode="decimal"
        defaultValue={given}
        onBlur={({ currentTarget }) => apply(currentTarget.value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Enter') apply(currentTarget.value);
        }}
      />
    </label>
  );
}

/** All orders of the list, also those by columns that a narrow screen hides. */
function Order({ address, sorted }: { address: URL; sorted: SortedBy }) {
  const orders = sessionSorts.flatMap((sort) => sessionOrders.map((order) => ({ sort, order })));
  const isSorted = ({ sort, order }: SortedBy) => sort === sorted.sort && order === sorted.order;
  return (
    <label className="field">
      <span>Order</span>
      <select
        value={orders.findIndex(isSorted)}
        onChange={({ target }) => {
          const chosen = orders[Number(target.value)];
          if (chosen !== undefined) go(sortedBy(address, chosen));
        }}
      >
        {orders.map(({ sort, order }, at) => (
          <option key={`${sort} ${order}`} value={at}>
            {firsts[sort][order]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The beginning of an id as it was typed: ids of Claude Code are small hexadecimal digits. */
function idOf(typed: string): string {
  const id = typed.trim();
  return /^[\da-f-]+$/i.test(id) ? id.toLowerCase() : id;
}

function columnsOf(
  sessions: readonly Session[],
  address: URL,
  sorted: SessionSort,
): readonly Column<Session>[] {
  const money = usdColumn(sessions.map(({ total_cost_usd: cost }) => cost));
  const time: Column<Session> =
    sorted === 'started'
      ? { title: 'Started', cell: ({ started: at }) => moment(at), sort: 'started' }
      : { title: 'Last active', cell: ({ last_activity: at }) => moment(at), sort: 'activity' };
  const columns: readonly Column<Session>[] = [
    {
      title: 'Session',
      cell: ({ session_id: id }) =>
        id === '' ? (
          UNKNOWN
        ) : (
          <Link
            className="id"
            href={withQuery(address, `/sessions/${encodeURIComponent(id)}`, {})}
            title={plain(id)}
          >
            {plain(id.slice(0, 8))}
          </Link>
        ),
    },
    time,
    {
      title: 'Lasted',
      cell: ({ duration_ms: ms }) => duration(ms),
      isFigure: true,
      isSpare: 'wide',
      sort: 'duration',
    },
    { title: 'Status', cell: ({ status }) => <Status status={status} />, isSpare: true },
    {
      title: 'Project',
      cell: ({ project }) =>
        project === '' ? UNKNOWN : <span title={plain(project)}>{plain(project)}</span>,
      isSpare: true,
      takesRest: true,
    },
    { title: 'Prompts', cell: ({ prompts }) => grouped(prompts), isFigure: true, isSpare: 'wide' },
    {
      title: 'Requests',
      cell: ({ request_count: count }) => grouped(count),
      sort: 'requests',
      isFigure: true,
      isSpare: 'wide',
    },
    { title: 'Tools', cell: ({ tool_calls: count }) => grouped(count), isFigure: true, isSpare: 'wide' },
    {
      title: 'Failed',
      sort: 'failures',
      cell: ({ tool_failures: count }) =>
        count !== null && count > 0 ? <span className="bad">{grouped(count)}</span> : grouped(count),
      isFigure: true,
      isSpare: true,
    },
    { title: 'Cached', cell: ({ cache_hit_rate: rate }) => percent(rate), isFigure: true, isSpare: 'wide' },
    { title: 'Tokens', cell: ({ total_tokens: tokens }) => compact(tokens), isFigure: true, sort: 'tokens' },
    { title: 'USD', cell: ({ total_cost_usd: cost }) => money(cost), isFigure: true, sort: 'cost' },
  ];
  // What the list is sorted by is also seen on a narrow screen.
  return columns.map((column) => (column.sort === sorted ? { ...column, isSpare: false } : column));
}
