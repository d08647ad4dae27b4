import type { Settings } from '../sql/statement.js';
import type { Patience } from './patience.js';
import type { EngineSession, QueryResult } from './session.js';

/** Opens a session that the engine holds read-only, with these settings. */
type OpenReader = (settings: Settings) => Promise<EngineSession>;

/**
 * The read-only sessions of one kind of question. A read-only session takes no setting from a query but those it
 * has already, so a query with settings gets a session that was opened with them: one at a time, kept for the next.
 */
export class Lane {
  private readonly free: EngineSession[];
  private readonly waiting: ((reader: EngineSession) => void)[] = [];
  private tuned: { key: string; session: EngineSession } | undefined;
  private tunedTail: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly readers: readonly EngineSession[],
    private readonly openReader: OpenReader,
    private readonly patience: Patience,
  ) {
    this.free = [...readers];
  }

  static async open(count: number, openReader: OpenReader, patience: Patience): Promise<Lane> {
    const readers: EngineSession[] = [];
    while (readers.length < count) readers.push(await openReader(new Map()));
    return new Lane(readers, openReader, patience);
  }

  /** Runs a query once a session is free. @throws {ApiError} 408 where it does not end in time. */
  async read(sql: string, format: string, settings: Settings): Promise<QueryResult> {
    if (settings.size > 0) return this.readTuned(sql, format, settings);
    const reader =
      this.free.pop() ?? (await new Promise<EngineSession>((resolve) => this.waiting.push(resolve)));
    const query = reader.query(sql, format);
    // A session is free when its query has ended, which may be long after its client was answered.
    const release = () => this.release(reader);
    query.then(release, release);
    return this.patience.resultOf(query);
  }

  /** Waits for what runs, then closes. */
  async close(): Promise<void> {
    await this.tunedTail;
    await Promise.all(this.readers.map((reader) => reader.close()));
    await this.tuned?.session.close();
  }

  private release(reader: EngineSession): void {
    const next = this.waiting.shift();
    if (next) next(reader);
    else this.free.push(reader);
  }

  private readTuned(sql: string, format: string, settings: Settings): Promise<QueryResult> {
    const turn = this.tunedTail.then(async () => {
      const session = await this.tunedSession(settings);
      return this.patience.resultOf(session.query(sql, format), () => {
        // The next query gets a session of its own; this one closes when its query has ended.
        this.tuned = undefined;
        void session.close();
      });
    });
    this.tunedTail = turn.catch(() => undefined);
    return turn;
  }

  private async tunedSession(settings: Settings): Promise<EngineSession> {
    const key = JSON.stringify([...settings].sort());
    if (this.tuned?.key === key) return this.tuned.session;
    await this.tuned?.session.close();
    this.tuned = undefined;
    const session = await this.openReader(settings);
    this.tuned = { key, session };
    return session;
  }
}
