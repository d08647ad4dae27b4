import { existsSync } from 'node:fs';
import { configuredClient } from '../store/client.js';
import { loadConfig } from '../base/config.js';
import { httpFetch } from '../store/http-fetch.js';

/** So long the store may take, milliseconds: nobody waits for it. */
const DEADLINE_MS = 10_000;

/** What was spent since a moment, list price in USD; undefined where the store does not answer. */
export async function askToday(since: number): Promise<number | null | undefined> {
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
