import { cleanEngineMessage, engineCode } from '../engine/engine-error.js';
import type { Engine } from '../engine/engine.js';
import { ApiError, messageOf } from '../errors.js';

/** ClickHouse codes that blame a value, so that a smaller batch may pass; with any other the rest would fail too. */
const valueErrors = new Set([
  6, 26, 27, 33, 36, 38, 41, 43, 49, 53, 69, 70, 72, 117, 131, 321, 349, 376, 441, 467, 691,
]);

/** Codes of a lack that passes: time, memory, disk, connections, parts to merge. */
const shortages = new Set([
  74, 75, 76, 159, 160, 173, 202, 209, 210, 236, 241, 243, 252, 290, 319, 394, 425, 439, 473, 745,
]);

/** The engine lacked something: the same may pass later. */
export const isShortage = (error: unknown) => shortages.has(engineCode(error) ?? 0);

/** A row that the engine refused, by its place in what was given. */
export interface RefusedRow {
  index: number;
  reason: string;
}

/** Rows as the engine takes them: one JSON object a line, no blank ones; UTF-8. */
export interface RowBatch {
  rows: number;
  bytes: Buffer;
}

interface Waiting {
  batch: RowBatch;
  done: (refused: RefusedRow[]) => void;
  failed: (error: unknown) => void;
}

/** Rows that wait are taken together up to so many bytes. */
const mostBytes = 24_000_000;

/**
 * Writes one table. What comes while an insert runs waits and goes together in the next one, so that many small
 * senders cost few inserts. Each is answered when its own rows are on disk.
 */
export class TableWriter {
  private waiting: Waiting[] = [];
  private isRunning = false;

  constructor(
    private readonly engine: Pick<Engine, 'insert'>,
    private readonly table: string,
  ) {}

  /**
   * Inserts rows. Resolves with those that the engine refused; rejects when the engine cannot write, with
   * an ApiError when only a view could not: 503 for lack of resources, else 422.
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
        const view = viewProblem(error);
        if (view) {
          for (const one of group) one.failed(view);
          continue;
        }
        // Whose rows they were is found out one sender at a time.
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

  /** Halves a batch until the rows that the engine refuses stand alone. */
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

/** Pieces of NDJSON as one. */
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
 * The rows are in, but a view over them failed. Where the rows are to blame, trying again would only add them again;
 * where the engine lacked something, only trying again brings what the view should hold.
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
