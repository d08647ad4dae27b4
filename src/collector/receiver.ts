import type { FactContext } from '../signals/otel/claude/event.js';
import type { DecodeProblem, Refused } from '../signals/otel/decoded.js';
import { readExport, type Encoding, type Signal } from '../signals/otel/export.js';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';
import type { GroupCommit } from './group-commit.js';

/** The outcome of an export request: accepted, except for the records that no table can hold, or unreadable. */
export type Receipt = { refused: Refused } | { problem: DecodeProblem };

/** Takes the body of an export request from gRPC or HTTP. */
export class Receiver {
  constructor(
    private readonly spool: GroupCommit<RedactedRow>,
    private readonly context: FactContext,
    private readonly onRows: () => void,
  ) {}

  /** Resolves when the rows are safe on disk. Rejects with NotAccepted if they are not and should be sent again. */
  async take(signal: Signal, encoding: Encoding, body: Uint8Array): Promise<Receipt> {
    const read = readExport(signal, encoding, body, this.context);
    if ('problem' in read) return read;
    await this.spool.commit(read.records);
    if (read.records.length > 0) this.onRows();
    return { refused: read.refused };
  }
}
