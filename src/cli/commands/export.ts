import { open, type FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import type { Desk } from '../answer.js';
import type { Asker } from '../asker.js';
import { readWindow, storeMoment, UsageError, type AskedWindow, type WindowOptions } from '../options.js';
import { grouped } from '../render/text.js';

export interface ExportOptions extends Omit<WindowOptions, 'json' | 'explain'> {
  format?: string;
  table?: string;
  out?: string;
  endpoint?: string;
  header?: string[];
}

const FORMATS = ['csv', 'json', 'ndjson', 'parquet', 'otel'] as const;
type Format = Exclude<(typeof FORMATS)[number], 'parquet' | 'otel'>;

type Row = Record<string, unknown>;

/** Rows that are asked for at once: memory stays small, however much there is. */
const PAGE = 5_000;

/** What can be exported, page by page in a fixed order. */
const sources: Record<string, (asker: Asker, window: AskedWindow) => AsyncGenerator<Row[]>> = {
  requests: requestPages,
  sessions: sessionPages,
  agents: (asker, window) => tablePages(asker, window, 'agent_activations'),
  skills: (asker, window) => tablePages(asker, window, 'skill_activations'),
  events: (asker, window) => tablePages(asker, window, 'telemetry_events'),
};

/** Names of what can be exported. */
export const exportTables = Object.keys(sources);

/** Writes the rows of a table to stdout or to a file, as a stream. */
export async function exportRows(options: ExportOptions, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const format = FORMATS.find((one) => one === (options.format ?? 'csv'));
  if (format === undefined)
    throw new UsageError(`--format takes ${FORMATS.join(', ')}, not "${options.format}"`);
  if (format !== 'otel' && options.endpoint !== undefined)
    throw new UsageError('--endpoint is for --format otel');
  if (format === 'otel') {
    const { exportTraces } = await import('./export-otel.js');
    return exportTraces(options, window, desk, () => openOut(options.out));
  }
  const name = options.table ?? 'requests';
  const pages = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (pages === undefined) throw new UsageError(`--table takes ${exportTables.join(', ')}, not "${name}"`);

  if (format === 'parquet') {
    const { exportParquet } = await import('./export-parquet.js');
    return exportParquet(name, options.out, window, desk);
  }

  // The first page comes before the file: a store that is down leaves no empty one behind.
  const all = pages(desk.asker, window);
  let page = await all.next();
  const out = await openOut(options.out);
  let rows = 0;
  try {
    const write = encoder(format);
    while (page.done !== true) {
      await out.write(write.rows(page.value).join(''));
      rows += page.value.length;
      out.progress(rows);
      page = await all.next();
    }
    await out.write(write.end());
  } finally {
    await out.close();
  }
  if (options.out !== undefined) desk.print(`export: ${grouped(rows)} rows written to ${options.out}`);
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

/** Tables whose rows are exported as they are stored. */
export type StoredTable = 'agent_activations' | 'skill_activations' | 'telemetry_events';

/** The query of a table's rows, each once, in their order. */
export function selectOf(name: StoredTable, { from, to, project }: AskedWindow, more: string[] = []): string {
  const conditions = [
    `timestamp >= ${moment(from)}`,
    ...(to === null ? [] : [`timestamp < ${moment(to)}`]),
    ...(project === null ? [] : [`project = ${quoted(project)}`]),
    ...more,
  ];
  return `SELECT * FROM ${name} FINAL WHERE ${conditions.join(' AND ')} ORDER BY timestamp, event_id`;
}

/** Rows as they are stored, each once. */
async function* tablePages(asker: Asker, window: AskedWindow, name: StoredTable): AsyncGenerator<Row[]> {
  let after: string[] = [];
  for (;;) {
    const rows = await asker.sql(`${selectOf(name, window, after)} LIMIT ${PAGE}`);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    const at = moment(storeMoment(String(last.timestamp)));
    after = [`(timestamp, event_id) > (${at}, ${quoted(String(last.event_id))})`];
  }
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

function encoder(format: Format): Encoder {
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
          rows.map((row) => {
            const line = `${Object.values(row).map(csvCell).join(',')}\r\n`;
            return `${firstly(`${Object.keys(row).map(csvCell).join(',')}\r\n`, '')}${line}`;
          }),
        end: () => '',
      };
  }
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
  progress: (rows: number) => void;
  close: () => Promise<void>;
}

/** Stdout, or a file with a count of rows on a terminal. */
async function openOut(path: string | undefined): Promise<Out> {
  if (path === undefined) {
    return {
      // A slow reader is waited for.
      write: async (text) => {
        if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
      },
      progress: () => undefined,
      close: () => Promise.resolve(),
    };
  }
  const file: FileHandle = await open(path, 'w', 0o600);
  const isWatched = process.stderr.isTTY;
  return {
    write: async (text) => {
      await file.write(text);
    },
    progress: (rows) => {
      if (isWatched) process.stderr.write(`\r${grouped(rows)} rows`);
    },
    close: async () => {
      if (isWatched) process.stderr.write('\r\u001b[K');
      await file.close();
    },
  };
}
