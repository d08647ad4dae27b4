/** Exports traces while `atel up --otel-endpoint` runs. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { configuredClient } from '../store/client.js';
import type { Config } from '../base/config.js';
import { TraceFeed } from '../traces/feed.js';
import type { HomePaths } from '../base/home.js';
import { log } from './log.js';
import { exportNewTraces } from './trace-export.js';

/** How often to look for new rows, milliseconds. */
const LOOK_EVERY_MS = 15_000;
/** How late an event may arrive in the store, milliseconds: after a failure, a drain waits before it tries again. */
const LATE_MS = 15 * 60_000;
/** Number of sessions, and of events of the user's own tools, per query. */
const PAGE = 1_000;

/**
 * Sends the traces of what happens while it is watching to the given endpoint, whichever process stores the events:
 * each span once, when it has ended, as the always-on export does. Errors are logged.
 */
export async function watchTraces(
  config: Config,
  homePaths: HomePaths,
): Promise<{ close: () => Promise<void> }> {
  // Kept separately from the always-on export, whose waiting traces are for another address.
  const paths = { ...homePaths, traces: join(homePaths.traces, 'up') };
  await rm(paths.traces, { recursive: true, force: true });
  const client = configuredClient(config);
  const feed = new TraceFeed(paths.traces);
  const startedAt = Date.now();
  const news = [new News(), new News()] as const;

  const look = async () => {
    const asked = { from: new Date(Math.max(startedAt, Date.now() - LATE_MS)), limit: PAGE };
    const [sessions, events] = await Promise.all([
      client.sessionList.query(asked),
      client.emittedEvents.query(asked),
    ]);
    await feed.note([
      ...news[0].among(sessions).map((row) => ({ table: 'session_summaries', row })),
      ...news[1].among(events).map((row) => ({ table: 'telemetry_events', row: { ...row, source: 'cli' } })),
    ]);
    await exportNewTraces(config, paths, false);
  };

  let looking: Promise<void> | undefined;
  const lookOnce = () =>
    (looking ??= look()
      .catch((error: unknown) => log(paths, 'traces', error))
      .finally(() => (looking = undefined)));
  const timer = setInterval(() => void lookOnce(), LOOK_EVERY_MS);
  return {
    close: async () => {
      clearInterval(timer);
      await looking;
      await lookOnce();
    },
  };
}

/** Finds the rows that are new or have changed since the last look. */
class News {
  #known = new Set<string>();

  among<Row extends object>(rows: readonly Row[]): Row[] {
    const before = this.#known;
    const texts = rows.map((row) => JSON.stringify(row));
    this.#known = new Set(texts);
    return rows.filter((_, index) => !before.has(texts[index] ?? ''));
  }
}
