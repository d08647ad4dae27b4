/** What can be exported: each table's rows, page by page, in a fixed order. */
import type { Asker } from '../shared/asker.js';
import { storeMoment, type AskedWindow } from '../shared/options.js';
import type { ExportOptions } from './export-options.js';

export type Row = Record<string, unknown>;

/** Rows that are asked for at once: memory stays small, however much there is. */
export const PAGE = 5_000;

/** What can be exported by asking a question page by page. */
export type ListQuestion = 'agentActivationList' | 'requestList' | 'sessionList' | 'skillActivationList';

export interface Source {
  /** Its rows page by page, in a fixed order. */
  pages: (asker: Asker, window: AskedWindow, options: ExportOptions) => AsyncGenerator<Row[]>;
  /** How many rows that will be, for the progress; without it, it is guessed from how far in time the rows are. */
  total?: (asker: Asker, window: AskedWindow, options: ExportOptions) => Promise<number | null>;
  /** The time of a row, and whether the rows go back in time. */
  time: string;
  isNewestFirst?: boolean;
  /** The question that has all of it; events are asked for by a query. */
  question?: ListQuestion;
}

/** What can be exported. */
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

/** Names of what can be exported. */
export const exportTables = Object.keys(sources);

async function* requestPages(asker: Asker, { params }: AskedWindow): AsyncGenerator<Row[]> {
  let after: { after_time?: string; after_key?: string } = {};
  for (;;) {
    const rows = await asker.ask('requestList', { ...params, ...after, limit: PAGE });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = { after_time: last.timestamp, after_key: last.request_key };
  }
}

async function* sessionPages(asker: Asker, { params }: AskedWindow): AsyncGenerator<Row[]> {
  let after: { after_activity?: string; after_session?: string } = {};
  for (;;) {
    const rows = await asker.ask('sessionList', { ...params, ...after, limit: PAGE });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = {
      ...(last.last_activity === null ? {} : { after_activity: last.last_activity }),
      after_session: last.session_id,
    };
  }
}

/** Starts and stops of agents, or uses of skills: what hooks, transcripts and OpenTelemetry told. */
function activationSource(question: 'agentActivationList' | 'skillActivationList'): Source {
  return { pages: activationPages, time: 'timestamp', question };

  async function* activationPages(asker: Asker, { params }: AskedWindow): AsyncGenerator<Row[]> {
    let after: { after_time?: string; after_id?: string } = {};
    for (;;) {
      const rows = await asker.ask(question, { ...params, ...after, limit: PAGE });
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = { after_time: last.timestamp, after_id: last.event_id };
    }
  }
}

/** The query of the events, each once, in their order. */
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

/** Events as they are stored, each once. */
async function* eventPages(asker: Asker, window: AskedWindow, options: ExportOptions): AsyncGenerator<Row[]> {
  let after: string[] = [];
  for (;;) {
    const rows = await asker.sql(`${selectEvents(window, options, after)} LIMIT ${PAGE}`);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    const at = moment(storeMoment(String(last.timestamp)));
    after = [`(timestamp, event_id) > (${at}, ${quoted(String(last.event_id))})`];
  }
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
