// Part of the SessionStart hook: node:fs alone, because loading node:fs/promises or node:crypto takes longer than the query.
import { join } from 'node:path';
import type { TinybirdClient } from '../store/client.js';
import { readRegular } from '../base/regular-file/open.js';
import type { EpochMs } from '../base/time/units.js';

/** An answer of `usage_context`. */
export type UsageContext = Awaited<ReturnType<TinybirdClient['usageContext']['query']>>[number];

/** The last answer for a project (or for all, under the empty name), and when it was given. */
export interface CachedContext {
  at: EpochMs;
  context: UsageContext;
}

/** The answer that was kept for a project; undefined if there is none that can be read. */
export function readCachedContext(folder: string, project: string): CachedContext | undefined {
  try {
    const cached = JSON.parse(readRegular(contextFile(folder, project))) as CachedContext;
    return isContext(cached.context) ? cached : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an answer is one: a file may hold anything, and so may what another program says on the store's port. */
export function isContext(answer: unknown): answer is UsageContext {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'requests' in answer &&
    typeof answer.requests === 'number'
  );
}

/** The file that keeps a project's answer. */
export function contextFile(folder: string, project: string): string {
  return join(folder, `${project === '' ? 'all' : encodeURIComponent(project)}.json`);
}
