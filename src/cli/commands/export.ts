import { fstatSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import { grouped } from '../../base/format/counts.js';
import type { Desk } from '../shared/answer.js';
import type { Asker } from '../shared/asker.js';
import {
  readWindow,
  storeMoment,
  UsageError,
  type AskedWindow,
  type WindowOptions,
} from '../shared/options.js';
import { rowsMeasure, startProgress } from '../render/progress.js';

export interface ExportOptions extends Omit<WindowOptions, 'json' | 'explain'> {
  format?: string;
  table?: string;
  out?: string;
  /** Only events of this name, of this tool, of this task. */
  event?: string;
  tool?: string;
  task?: string;
  endpoint?: string;
  header?: string[];
}

/** Formats that are written here, row by row. */
const TEXT_FORMATS = ['csv', 'json', 'ndjson'] as const;
const FORMATS = [...TEXT_FORMATS, 'parquet', 'otel'] as const;
type TextFormat = (typeof TEXT_FORMATS)[number];

type Row = Record<string, unknown>;

/** Rows that are asked for at once: memory stays small, however much there is. */
const PAGE = 5_000;

/** What can be exported by asking a question page by page. */
export type ListQuestion = 'agentActivationList' | 'requestList' | 'sessionList' | 'skillActivationList';

interface Source {
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
const sources: Record<string, Source> = {
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

/** Writes the rows of a table to stdout or to a file, as a stream. */
export async function exportRows(given: ExportOptions, desk: Desk): Promise<void> {
  const options = withoutDash(given);
  const window = readWindow(options, desk.now);
  const format = readFormat(options, FORMATS);
  const isNarrowed = eventConditions(options).length > 0;
  if (format !== 'otel' && options.endpoint !== undefined)
    throw new UsageError('--endpoint is for --format otel');
  if (format === 'otel' && options.table !== undefined)
    throw new UsageError(
      '--table is for rows: --format otel sends the traces of sessions and of your own tools',
    );
  if (isNarrowed && (format === 'otel' || options.table !== 'events'))
    throw new UsageError('--event, --tool and --task narrow events: add --table events');
  if (format === 'otel') {
    const { exportTraces } = await import('./export-otel.js');
    return exportTraces(options, window, desk, () => openOut(options.out));
  }
  const name = options.table ?? 'requests';
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source === undefined) throw new UsageError(`--table takes ${exportTables.join(', ')}, not "${name}"`);

  if (format === 'parquet') {
    const { exportParquet } = await import('./export-parquet.js');
    return exportParquet(source.question, options, window, desk);
  }
  const { question } = source;
  const columns = () =>
    desk.asker.columns(question === undefined ? { table: 'telemetry_events' } : { question });
  await writePages(source.pages(desk.asker, window, options), columns, format, options, desk.print, {
    count: () => source.total?.(desk.asker, window, options) ?? Promise.resolve(null),
    shareAt: (last) => shareAt(last, source, window, desk.now),
  });
}

/** The options with stdout for `--out -`. */
export function withoutDash({ out, ...options }: ExportOptions): ExportOptions {
  return out === undefined || out === '-' ? options : { ...options, out };
}

/** How far in the asked time a row lies, 0 to 1; null where it has no time. */
function shareAt(
  row: Row,
  { time, isNewestFirst = false }: Pick<Source, 'time' | 'isNewestFirst'>,
  { from, to }: AskedWindow,
  now: number,
): number | null {
  const at = typeof row[time] === 'string' ? storeMoment(row[time]).getTime() : NaN;
  const end = to?.getTime() ?? now;
  const share = (at - from.getTime()) / (end - from.getTime());
  return Number.isFinite(share) ? Math.min(1, Math.max(0, isNewestFirst ? 1 - share : share)) : null;
}

/** The asked format of a log, which has rows and no store. Throws a UsageError. */
export function readTextFormat(options: ExportOptions): TextFormat {
  if (
    options.endpoint !== undefined ||
    FORMATS.slice(TEXT_FORMATS.length).some((one) => one === options.format)
  )
    throw new UsageError('parquet and otel ask the store: atel export without --file');
  return readFormat(options, TEXT_FORMATS);
}

function readFormat<F extends string>({ format = 'csv' }: ExportOptions, known: readonly F[]): F {
  const found = known.find((one) => one === format);
  if (found === undefined) throw new UsageError(`--format takes ${known.join(', ')}, not "${format}"`);
  return found;
}

/** How the progress of an export is told. */
interface Foresight {
  /** How many rows there will be; null where nobody knows. */
  count: () => Promise<number | null>;
  /** How far the work is when it has come to a row, 0 to 1; null where the row does not tell. */
  shareAt: (last: Row) => number | null;
}

const UNFORESEEN: Foresight = { count: () => Promise.resolve(null), shareAt: () => null };

/**
 * Writes pages of rows as they come.
 *
 * @param columns names of the rows' columns, for a file of which there are none
 */
export async function writePages(
  all: AsyncGenerator<Row[]>,
  columns: () => Promise<string[]>,
  format: TextFormat,
  options: ExportOptions,
  print: Desk['print'],
  { count, shareAt }: Foresight = UNFORESEEN,
): Promise<void> {
  // The first page comes before the file: a source that fails leaves no empty one behind.
  let page = await all.next();
  const write = encoder(format, page.done === true && format === 'csv' ? await columns() : []);
  const out = await openOut(options.out);
  // One page is quickly written, and no export fails for its progress.
  const isLong = page.done !== true && page.value.length === PAGE;
  const total = isLong && out.isWatched ? await count().catch(() => null) : null;
  const progress = out.isWatched ? startProgress('export', rowsMeasure) : undefined;
  let rows = 0;
  try {
    while (page.done !== true) {
      await out.write(write.rows(page.value).join(''));
      rows += page.value.length;
      progress?.show({ done: rows, total: total ?? guess(rows, page.value.at(-1)) });
      page = await all.next();
    }
    await out.write(write.end());
  } finally {
    progress?.end();
    await out.close();
  }
  if (options.out !== undefined) print(`export: ${grouped(rows)} rows written to ${options.out}`);

  function guess(done: number, last: Row | undefined): number | null {
    const share = last === undefined ? null : shareAt(last);
    return share === null || share === 0 ? null : done / share;
  }
}

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

function eventConditions({ event, tool, task }: ExportOptions): string[] {
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

interface Encoder {
  rows: (rows: readonly Row[]) => string[];
  /** What stands after the last row, also where there was none. */
  end: () => string;
}

/** @param columns of an export without rows */
function encoder(format: TextFormat, columns: readonly string[]): Encoder {
  let first = true;
  /** The text the first time, then the other one. */
  const firstly = (text: string, then: string) => {
    const chosen = first ? text : then;
    first = false;
    return chosen;
  };
  switch (format) {
    case 'ndjson':
      return { rows: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`), end: () => '' };
    case 'json':
      return {
        rows: (rows) => rows.map((row) => `${firstly('[\n', ',\n')}${JSON.stringify(row)}`),
        end: () => (first ? '[]\n' : '\n]\n'),
      };
    case 'csv':
      return {
        rows: (rows) =>
          rows.map((row) => firstly(csvLine(Object.keys(row)), '') + csvLine(Object.values(row))),
        end: () => (first ? csvLine(columns) : ''),
      };
  }
}

function csvLine(values: readonly unknown[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}

/** A cell as RFC 4180 has it; null is empty. */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Where an export is written to. */
export interface Out {
  write: (text: string) => Promise<void>;
  close: () => Promise<void>;
  /** Whether progress can be told: the rows themselves go to a file and not to somebody's screen. */
  isWatched: boolean;
}

async function openOut(path: string | undefined): Promise<Out> {
  if (path === undefined) {
    return {
      // A slow reader is waited for.
      write: async (text) => {
        if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
      },
      close: () => Promise.resolve(),
      isWatched: fstatSync(process.stdout.fd).isFile(),
    };
  }
  const file: FileHandle = await open(path, 'w', 0o600);
  return {
    write: async (text) => {
      await file.write(text);
    },
    close: () => file.close(),
    isWatched: true,
  };
}
