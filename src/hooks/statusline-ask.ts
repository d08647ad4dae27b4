/** Queries today's cost for the status line, in a process that nothing waits for. */
import { existsSync } from 'node:fs';
import { configuredClient } from '../store/client.js';
import { loadConfig } from '../base/config.js';
import { httpFetch } from '../store/http-fetch.js';
import type { EpochMs } from '../base/time/units.js';

/** Deadline of the query, milliseconds; it is generous, since nothing waits for it. */
const DEADLINE_MS = 10_000;

/** The cost since a moment, list price in USD; undefined if the store does not answer. */
export async function askToday(since: EpochMs): Promise<number | null | undefined> {
  try {
    const config = loadConfig();
    if (!existsSync(config.home)) return undefined;
    const client = configuredClient(config, {
      fetch: httpFetch,
      timeoutMs: DEADLINE_MS,
    });
    const [total] = await client.costTotal.query({ from: new Date(since) });
    return total?.total_cost_usd;
  } catch {
    return undefined;
  }
}
