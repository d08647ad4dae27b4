/** Takes OTLP requests from gRPC and HTTP, and puts their rows on disk. */
import { createHash } from 'node:crypto';
import type { FactContext } from '../signals/otel/claude/event.js';
import type { DecodeProblem, Refused } from '../signals/otel/decoded.js';
import { readExport, type Encoding, type Signal } from '../signals/otel/export.js';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';
import { NotAccepted, type GroupCommit } from './group-commit.js';

/** The outcome of an export request: accepted, except for the records that no table can hold, or unreadable. */
export type Receipt = { refused: Refused } | { problem: DecodeProblem };

/** Counts what was refused: it could not be written to disk, or no table can hold it. */
export interface RefusalLog {
  /** An event that will not be sent again. */
  lost(): void;
  /** A request that its sender may repeat, identified by its key. */
  refused(key: string, events: number): void;
  /** The same request, now written to disk. */
  accepted(key: string): void;
  readonly isEmpty: boolean;
}

/** Takes the body of an export request from gRPC or HTTP. */
export class Receiver {
  constructor(
    private readonly spool: GroupCommit<RedactedRow>,
    private readonly context: FactContext,
    private readonly onRows: () => void,
    private readonly refusals: RefusalLog | undefined,
  ) {}

  /** Resolves when the rows are safe on disk. Rejects with NotAccepted if they are not and should be sent again. */
  async take(signal: Signal, encoding: Encoding, body: Uint8Array): Promise<Receipt> {
    const read = readExport(signal, encoding, body, this.context);
    if ('problem' in read) return read;
    await this.#commit(signal, body, read.records);
    if (read.records.length > 0) this.onRows();
    // Their senders do not show what they are told. Metrics that no table holds come again and again, and are no events.
    if (signal === 'logs' && read.refused.count > 0)
      this.refusals?.refused(keyOf(signal, body), read.refused.count);
    return { refused: read.refused };
  }

  async #commit(signal: Signal, body: Uint8Array, records: readonly RedactedRow[]): Promise<void> {
    try {
      await this.spool.commit(records);
    } catch (error) {
      if (error instanceof NotAccepted) this.refusals?.refused(keyOf(signal, body), records.length);
      throw error;
    }
    if (this.refusals?.isEmpty === false) this.refusals.accepted(keyOf(signal, body));
  }
}

/** An exporter that comes again sends the same bytes. */
function keyOf(signal: Signal, body: Uint8Array): string {
  return createHash('sha256').update(signal).update(body).digest('hex').slice(0, 24);
}
