/** Inserts rows into one table, in batches. */
import { cleanEngineMessage, engineCode } from '../engine/engine-error.js';
import type { Engine } from '../engine/engine.js';
import { ApiError, messageOf } from '../errors.js';

/**
 * Codes of ClickHouse that blame a value, so that a smaller batch may succeed; with any other code the rest would fail
 * too.
 */
const valueErrors = new Set([
  6, 26, 27, 33, 36, 38, 41, 43, 49, 53, 69, 70, 72, 117, 131, 321, 349, 376, 441, 467, 691,
]);

/** Codes of temporary shortages: time, memory, disk, connections, parts to merge. */
const shortages = new Set([
  74, 75, 76, 159, 160, 173, 202, 209, 210, 236, 241, 243, 252, 290, 319, 394, 425, 439, 473, 745,
]);

/** A temporary shortage in the engine: the same insert may succeed later. */
export const isShortage = (error: unknown) => shortages.has(engineCode(error) ?? 0);

/** A row that the engine refused, by its index in the batch. */
export interface RefusedRow {
  index: number;
  reason: string;
}

/** Rows in the engine's format: one JSON object per line, no blank lines; UTF-8. */
export interface RowBatch {
  rows: number;
  bytes: Buffer;
}

interface Waiting {
  batch: RowBatch;
  done: (refused: RefusedRow[]) => void;
  failed: (error: unknown) => void;
}

/** Most bytes of waiting rows that are inserted together. */
const mostBytes = 24_000_000;

/**
 * Writes one table. Rows that arrive while an insert runs wait and are inserted together next, so that many small
 * senders cause few inserts. Each sender is answered when its own rows are on disk.
 */
export class TableWriter {
  private waiting: Waiting[] = [];
  private isRunning = false;

  constructor(
    private readonly engine: Pick<Engine, 'insert'>,
    private readonly table: string,
  ) {}

  /**
   * Inserts rows. Resolves with the rows that the engine refused. Rejects if the engine cannot write; if only a view
   * failed, with an ApiError: 503 for lack of resources, else 422.
   */
  write(batch: RowBatch): Promise<RefusedRow[]> {
    if (batch.rows === 0) return Promise.resolve([]);
    return new Promise((done, failed) => {
      this.waiting.push({ batch, done, failed });
      if (!this.isRunning) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    for (let group = this.take(); group.length > 0; group = this.take()) {
      try {
        await this.insert(group.map(({ batch }) => batch.bytes));
        for (const one of group) one.done([]);
      } catch (error) {
        // A statement that the engine cannot stop is an ApiError: it still runs, and another try would wait for it.
        const problem = error instanceof ApiError ? error : viewProblem(error);
        if (problem) {
          for (const one of group) one.failed(problem);
          continue;
        }
        // Tries one sender at a time to find whose rows were refused.
        for (const { batch, done, failed } of group)
          await this.insertApart(linesOf(batch.bytes), 0).then(done, failed);
      }
    }
    this.isRunning = false;
  }

  private take(): Waiting[] {
    let size = 0;
    const count = this.waiting.findIndex(({ batch }) => {
      const isFull = size > mostBytes;
      size += batch.bytes.length;
      return isFull;
    });
    return this.waiting.splice(0, count < 0 ? this.waiting.length : count);
  }

  /** Halves a batch until the rows that the engine refuses are alone. */
  private async insertApart(lines: readonly Buffer[], offset: number): Promise<RefusedRow[]> {
    try {
      await this.insert(lines);
      return [];
    } catch (error) {
      const view = viewProblem(error);
      if (view) throw view;
      if (!valueErrors.has(engineCode(error) ?? 0)) throw error;
      if (lines.length === 1) return [{ index: offset, reason: cleanEngineMessage(messageOf(error)) }];
      const middle = lines.length >> 1;
      const first = await this.insertApart(lines.slice(0, middle), offset);
      return [...first, ...(await this.insertApart(lines.slice(middle), offset + middle))];
    }
  }

  private insert(lines: readonly Buffer[]): Promise<void> {
    return this.engine.insert(this.table, joinLines(lines));
  }
}

/** Joins pieces of NDJSON. */
export function joinLines(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  return Buffer.concat(pieces.flatMap((piece, at) => (at === 0 ? [piece] : [lineBreak, piece])));
}

const lineBreak = Buffer.from('\n');

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = bytes.indexOf(0x0a, from);
    lines.push(bytes.subarray(from, to < 0 ? bytes.length : to));
    from = to < 0 ? bytes.length : to + 1;
  }
  return lines;
}

/**
 * The rows are stored, but a view over them failed. If the rows are to blame, a retry would only store them twice; if
 * the engine lacked something, only a retry fills the view.
 */
export function viewProblem(error: unknown): ApiError | undefined {
  const message = cleanEngineMessage(messageOf(error));
  if (!message.includes('while pushing to view')) return undefined;
  if (isShortage(error)) {
    return new ApiError(
      503,
      `The rows were stored, but there was no room or time for a materialized view over them, send them again: ${message}`,
    );
  }
  return new ApiError(422, `The rows were stored, but a materialized view over them failed: ${message}`);
}
