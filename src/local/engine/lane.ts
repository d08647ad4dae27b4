import type { Settings } from '../sql/statement.js';
import type { EngineSession, QueryResult } from './session.js';

/** Opens a session that the engine holds read-only, with these settings. */
type OpenReader = (settings: Settings) => Promise<EngineSession>;

/**
 * The read-only sessions of one kind of question. A read-only session takes no setting from a query but those it
 * has already, so a query with settings gets a session that was opened with them: one at a time, kept for the next.
 */
export class Lane {
  private tuned: { key: string; session: EngineSession } | undefined;
  private tunedTail: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly readers: readonly EngineSession[],
    private readonly openReader: OpenReader,
  ) {}

  static async open(count: number, openReader: OpenReader): Promise<Lane> {
    const readers: EngineSession[] = [];
    while (readers.length < count) readers.push(await openReader(new Map()));
    return new Lane(readers, openReader);
  }

  read(sql: string, format: string, settings: Settings): Promise<QueryResult> {
    if (settings.size > 0) return this.readTuned(sql, format, settings);
    const [first, ...others] = this.readers;
    if (!first) throw new Error('the lane has no reader');
    const idlest = others.reduce((best, reader) => (reader.load < best.load ? reader : best), first);
    return idlest.query(sql, format);
  }

  /** Waits for what runs, then closes. */
  async close(): Promise<void> {
    await this.tunedTail;
    await Promise.all(this.readers.map((reader) => reader.close()));
    await this.tuned?.session.close();
  }

  private readTuned(sql: string, format: string, settings: Settings): Promise<QueryResult> {
    const turn = this.tunedTail.then(async () => {
      const session = await this.tunedSession(settings);
      return session.query(sql, format);
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
