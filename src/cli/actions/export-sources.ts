/** What can be exported: the rows of each table, page by page, in a fixed order. */
import { pages } from '../../base/pages.js';
import { afterSession, placeOfSession } from '../../pipes/parts/session-place.js';
import type { Asker } from '../shared/asker.js';
import { storeMoment, type AskedWindow } from '../shared/options.js';
import type { ExportOptions } from './export-options.js';

export type Row = Record<string, unknown>;

/** Number of rows per request, so that memory use stays small for any amount. */
export const PAGE = 5_000;

/** Tables that are exported by asking a question page by page. */
export type ListQuestion = 'agentActivationList' | 'requestList' | 'sessionList' | 'skillActivationList';

export interface Source {
  /** The rows page by page, in a fixed order. */
  pages: (asker: Asker, window: AskedWindow, options: ExportOptions) => AsyncGenerator<Row[]>;
  /** The total number of rows, for the progress; without it, it is estimated from the times of the rows. */
  total?: (asker: Asker, window: AskedWindow, options: ExportOptions) => Promise<number | null>;
  /** The column with the time of a row, and whether the newest row comes first. */
  time: string;
  isNewestFirst?: boolean;
  /** The question for all rows at once; events are queried by SQL. */
  question?: ListQuestion;
}

/** The tables that can be exported. */
export const sources: Record<string, Source> = {
  requests: {
    pages: requestPages,
    total: async (asker, { params }) => (await asker.ask('costTotal', params))[0]?.request_count ?? null,
    time: 'timestamp',
    question: 'requestList',
  },
  sessions: {
    pages: sessionPages,
    time: 'last_activity',
    isNewestFirst: true,
    question: 'sessionList',
  },
  agents: activationSource('agentActivationList'),
  skills: activationSource('skillActivationList'),
  events: { pages: eventPages, total: countEvents, time: 'timestamp' },
};

/** The names of the tables that can be exported. */
export const exportTables = Object.keys(sources);

function requestPages(asker: Asker, { params }: AskedWindow): AsyncGenerator<Row[]> {
  return pages(
    PAGE,
    (after: { after_time: string; after_key: string } | undefined) =>
      asker.ask('requestList', { ...params, ...after, limit: PAGE }),
    (last) => ({ after_time: last.timestamp, after_key: last.request_key }),
  );
}

function sessionPages(asker: Asker, { params }: AskedWindow): AsyncGenerator<Row[]> {
  return pages(
    PAGE,
    (after: ReturnType<typeof afterSession> | undefined) =>
      asker.ask('sessionList', { ...params, ...after, limit: PAGE }),
    (last) => afterSession(placeOfSession(last)),
  );
}

/** Starts and stops of agents, or uses of skills, as hooks, transcripts and OpenTelemetry reported them. */
function activationSource(question: 'agentActivationList' | 'skillActivationList'): Source {
  return {
    pages: (asker, { params }) =>
      pages(
        PAGE,
        (
          after: { after_time: string; after_id: string } | undefined,
        ): Promise<{ timestamp: string; event_id: string }[]> =>
          asker.ask(question, { ...params, ...after, limit: PAGE }),
        (last) => ({ after_time: last.timestamp, after_id: last.event_id }),
      ),
    time: 'timestamp',
    question,
  };
}

/** The query for the events, each once, in their order. */
export function selectEvents(
  window: AskedWindow,
  options: ExportOptions,
  more: readonly string[] = [],
): string {
  const where = [...conditions(window, options), ...more].join(' AND ');
  return `SELECT * FROM telemetry_events FINAL WHERE ${where} ORDER BY timestamp, event_id`;
}

async function countEvents(
  asker: Asker,
  window: AskedWindow,
  options: ExportOptions,
): Promise<number | null> {
  const [row] = await asker.sql(
    `SELECT count() AS total FROM telemetry_events FINAL WHERE ${conditions(window, options).join(' AND ')}`,
  );
  return typeof row?.total === 'number' ? row.total : null;
}

function conditions({ from, to, project }: AskedWindow, options: ExportOptions): string[] {
  return [
    ...eventConditions(options),
    `timestamp >= ${moment(from)}`,
    ...(to === null ? [] : [`timestamp < ${moment(to)}`]),
    ...(project === null ? [] : [`project = ${quoted(project)}`]),
  ];
}

/** The stored events, each once. */
function eventPages(asker: Asker, window: AskedWindow, options: ExportOptions): AsyncGenerator<Row[]> {
  return pages(
    PAGE,
    (after: string[] | undefined) => asker.sql(`${selectEvents(window, options, after)} LIMIT ${PAGE}`),
    (last) => {
      const at = moment(storeMoment(String(last.timestamp)));
      return [`(timestamp, event_id) > (${at}, ${quoted(String(last.event_id))})`];
    },
  );
}

export function eventConditions({ event, tool, task }: ExportOptions): string[] {
  const wanted = { event, tool_name: tool, task_id: task };
  return Object.entries(wanted).flatMap(([column, value]) =>
    value === undefined ? [] : [`${column} = ${quoted(value)}`],
  );
}

function moment(at: Date): string {
  return `parseDateTime64BestEffort(${quoted(at.toISOString())}, 3, 'UTC')`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
