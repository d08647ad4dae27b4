/** Where an export is written, and how its rows are encoded: CSV, JSON, NDJSON. */
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { grouped } from '../../base/format/counts.js';
import { rowsMeasure, startProgress } from '../render/progress.js';
import type { Desk } from '../shared/answer.js';
import type { ExportOptions, TextFormat } from './export-options.js';
import { PAGE, type Row } from './export-sources.js';

/** How the progress of an export is computed. */
interface Foresight {
  /** Total number of rows; null if unknown. */
  count: () => Promise<number | null>;
  /** The progress at a row, 0 to 1; null if the row does not show it. */
  shareAt: (last: Row) => number | null;
}

const UNFORESEEN: Foresight = { count: () => Promise.resolve(null), shareAt: () => null };

/**
 * Writes pages of rows as they come.
 *
 * @param columns names of the columns, for a file without rows
 */
export async function writePages(
  all: AsyncGenerator<Row[]>,
  columns: () => Promise<string[]>,
  format: TextFormat,
  options: ExportOptions,
  print: Desk['print'],
  { count, shareAt }: Foresight = UNFORESEEN,
): Promise<void> {
  // The first page is read before the file is opened, so that a failing source leaves no empty file.
  let page = await all.next();
  const write = encoder(format, page.done === true && format === 'csv' ? await columns() : []);
  const out = await openOut(options.out);
  // A single page is written quickly. An export must not fail because of its progress.
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
  /** The text after the last row, also if there are no rows. */
  end: () => string;
}

/** @param columns of an export without rows */
function encoder(format: TextFormat, columns: readonly string[]): Encoder {
  let first = true;
  /** Returns `text` at the first call, and `then` later. */
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

/** A cell as in RFC 4180; null is empty. */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Where an export is written. */
export interface Out {
  write: (text: string) => Promise<void>;
  close: () => Promise<void>;
  /** Whether to show progress: only if the rows go to a file and not to a terminal. */
  isWatched: boolean;
}

export async function openOut(path: string | undefined): Promise<Out> {
  if (path === undefined) {
    return {
      // Waits for a slow reader.
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
