/** A drain that a person waits for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../base/config.js';
import { drain } from './drain.js';

/** How long to wait for a drain that is already running, milliseconds. */
const BUSY_LIMIT_MS = 60_000;

/** Runs a drain now; if another one runs, after it. Its report says `busy` if that takes longer than a minute. */
export async function drainNow(config: Config): ReturnType<typeof drain> {
  let report = await drain(config, { insist: true });
  for (const deadline = performance.now() + BUSY_LIMIT_MS; report.busy && performance.now() < deadline;) {
    await sleep(200);
    report = await drain(config, { insist: true });
  }
  return report;
}
