import type { FactContext } from '../signals/otel/claude/event.js';
import type { DecodeProblem, Refused } from '../signals/otel/decoded.js';
import { readExport, type Encoding, type Signal } from '../signals/otel/export.js';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';
import type { GroupCommit } from './group-commit.js';

/** What became of an export request: accepted, but for the records that no table takes, or unreadable. */
export type Receipt = { refused: Refused } | { problem: DecodeProblem };

/** Takes the body of an export request, however it came in. */
export class Receiver {
  constructor(
    private readonly spool: GroupCommit<RedactedRow>,
    private readonly context: FactContext,
    private readonly onRows: () => void,
  ) {}

  /** Resolves when the rows are safe on disk. Rejects with NotAccepted when they are not: send them again. */
  async take(signal: Signal, encoding: Encoding, body: Uint8Array): Promise<Receipt> {
    const read = readExport(signal, encoding, body, this.context);
    if ('problem' in read) return read;
    await this.spool.commit(read.records);
    if (read.records.length > 0) this.onRows();
    return { refused: read.refused };
  }
}
