/** Answers `/metrics`, and keeps the answer: a scrape comes every few seconds, and asks for all of history. */
import type { TinybirdClient } from '../../store/client-types.js';
import type { EpochMs } from '../../base/time/units.js';
import { askFigures, type Ingestion } from './figures.js';

/** An answer is used again for this many times as long as it took to get. */
const TIMES = 20;
/** But at most for so long, milliseconds. */
const LONGEST_MS = 300_000;

interface Page {
  type: string;
  text: string;
  /** The metrics that CCDash has under another name or in another unit. */
  ofCcdash: string;
}

/** Makes the answers. While the newest one is being made, everybody waits for it. */
export class MetricsPage {
  #answer: { page: Promise<Page>; version: number; until: EpochMs } | undefined;

  /**
   * @param prefix what each name of a metric begins with
   * @param version a number that grows with every write to the store
   * @param now the time, milliseconds since 1970
   */
  constructor(
    private readonly prefix: string,
    private readonly version: () => number,
    private readonly now: () => EpochMs = Date.now,
  ) {}

  /**
   * The page with what waits on this machine, which is read anew for each answer.
   *
   * @param ingestion reads what waits; undefined where nothing is known about it
   */
  async whole(client: TinybirdClient, ingestion: (() => Promise<Ingestion>) | undefined): Promise<Page> {
    const [page, state] = await Promise.all([this.read(client), ingestion?.()]);
    if (state === undefined) return page;
    const { ingestionOfCcdash, ingestionText } = await import('./prometheus.js');
    return {
      ...page,
      text: `${page.text}${await ingestionText(state, this.prefix)}`,
      ofCcdash: `${page.ofCcdash}${await ingestionOfCcdash(state, this.prefix)}`,
    };
  }

  /** The figures of the pipes; the same again while nothing was written, and for a while after a slow answer. */
  async read(client: TinybirdClient): Promise<Page> {
    const version = this.version();
    const kept = this.#answer;
    if (kept !== undefined && (kept.version === version || this.now() < kept.until)) return kept.page;
    const began = this.now();
    const answer = { page: make(client, this.prefix), version, until: Infinity };
    this.#answer = answer;
    try {
      return await answer.page;
    } catch (error) {
      this.#answer = undefined;
      throw error;
    } finally {
      const ended = this.now();
      answer.until = ended + Math.min(LONGEST_MS, TIMES * (ended - began));
    }
  }
}

async function make(client: TinybirdClient, prefix: string): Promise<Page> {
  const [figures, { textOfCcdash, prometheusText }] = await Promise.all([
    askFigures(client),
    import('./prometheus.js'),
  ]);
  return {
    ...(await prometheusText(figures, prefix)),
    ofCcdash: await textOfCcdash(figures, prefix),
  };
}
