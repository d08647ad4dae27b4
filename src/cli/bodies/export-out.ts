/** Where an export is written to, and how its rows are written: CSV, JSON, NDJSON. */
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { grouped } from '../../base/format/counts.js';
import { rowsMeasure, startProgress } from '../render/progress.js';
import type { Desk } from '../shared/answer.js';
import type { ExportOptions, TextFormat } from './export-options.js';
import { PAGE, type Row } from './export-sources.js';

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

export async function openOut(path: string | undefined): Promise<Out> {
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
