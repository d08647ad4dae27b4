/** The order of session_list, and how it goes on after a row. */
import { exactCost, exactCount, exactTime } from './exact-figures.js';
import { byActivity, sessionOrders, sessionSorts, type SessionSort, type SortedBy } from './session-sorts.js';

/** The columns that sessions are sorted by. */
interface SortedRow {
  session_id: string;
  started: string | null;
  last_activity: string | null;
  duration_ms: number | null;
  total_cost_usd: number | null;
  total_tokens: number;
  request_count: number;
  tool_failures: number | null;
}

/** The figure that rows are compared by, in SQL and of an answered row. */
const figures: Readonly<
  Record<SessionSort, { sql: string; of: (row: Omit<SortedRow, 'session_id'>) => number | null }>
> = {
  activity: {
    sql: exactTime.sql('last_activity'),
    of: ({ last_activity: at }) => (at === null ? null : exactTime.of(at)),
  },
  started: {
    sql: exactTime.sql('started'),
    of: ({ started: at }) => (at === null ? null : exactTime.of(at)),
  },
  duration: { sql: 'duration_ms', of: ({ duration_ms: ms }) => ms },
  cost: {
    sql: exactCost.sql('total_cost_usd'),
    of: ({ total_cost_usd: cost }) => (cost === null ? null : exactCost.of(cost)),
  },
  tokens: { sql: exactCount.sql('total_tokens'), of: ({ total_tokens: tokens }) => tokens },
  requests: { sql: exactCount.sql('request_count'), of: ({ request_count: count }) => count },
  failures: { sql: exactCount.sql('tool_failures'), of: ({ tool_failures: count }) => count },
};

/** SQL: the figure that the parameter `sort` names. */
export const sortFigure = `
  {% if String(sort, 'activity') == 'activity' %} ${figures.activity.sql}
  ${sessionSorts
    .filter((sort) => sort !== 'activity')
    .map((sort) => `{% elif String(sort) == '${sort}' %} ${figures[sort].sql}`)
    .join('\n  ')}
  {% else %} {{ error('sort takes ${sessionSorts.join(', ')}') }}
  {% end %}`;

/** The position of a session in a list: the next page starts after it. */
export interface SessionPlace {
  /** The figure that the list is sorted by; null if the session has none. */
  figure: number | null;
  id: string;
}

export const placeOfSession = (row: SortedRow, { sort }: SortedBy = byActivity): SessionPlace => ({
  figure: figures[sort].of(row),
  id: row.session_id,
});

/** The parameters of session_list for the rows after a position. */
export const afterSession = ({ figure, id }: SessionPlace) => ({
  ...(figure === null ? {} : { after_figure: figure }),
  after_session: id,
});

/** One letter for a figure and an order. */
const letterOf = ({ sort, order }: SortedBy): string =>
  (2 * sessionSorts.indexOf(sort) + sessionOrders.indexOf(order)).toString(36);

/** What a cursor remembers of a row: short, since a person copies it. */
export function sessionCursor(row: SortedRow, by: SortedBy): string[] {
  const { figure, id } = placeOfSession(row, by);
  return [`${letterOf(by)}${figure === null ? '' : figure.toString(36)}.${id}`];
}

/** The position that a cursor remembers; undefined if it is of another list or another order. */
export function placeInCursor(remembered: readonly unknown[], by: SortedBy): SessionPlace | undefined {
  const [text, ...rest] = remembered;
  if (typeof text !== 'string' || rest.length > 0) return undefined;
  const [, letter, digits, id] = /^(.)(-?[0-9a-z]*)\.(.*)$/s.exec(text) ?? [];
  if (letter !== letterOf(by) || digits === undefined || id === undefined) return undefined;
  if (digits === '') return { figure: null, id };
  const figure = Number.parseInt(digits, 36);
  return Number.isSafeInteger(figure) && figure.toString(36) === digits ? { figure, id } : undefined;
}
