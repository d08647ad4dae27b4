/**
 * The cached answers for SessionStart, one file per project. The hook loads this, so it uses only node:fs: loading
 * node:fs/promises or node:crypto takes longer than the query (bench/hooks.ts).
 */
import { join } from 'node:path';
import type { TinybirdClient } from '../store/client-types.js';
import { readRegular } from '../base/regular-file/open.js';
import { parseObject } from '../base/json/json.js';
import type { EpochMs } from '../base/time/units.js';

/** A row of the pipe `usage_context`. */
export type UsageContext = Awaited<ReturnType<TinybirdClient['usageContext']['query']>>[number];

/** The last answer for a project (for all projects under the empty name) and its time. */
export interface CachedContext {
  /** Time of the answer. */
  at: EpochMs;
  context: UsageContext;
}

/** The cached answer for a project; undefined if there is none or it cannot be read. */
export function readCachedContext(folder: string, project: string): CachedContext | undefined {
  try {
    const { at, context } = parseObject(readRegular(contextFile(folder, project))) ?? {};
    return typeof at === 'number' && isContext(context) ? { at, context } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a value is such an answer: a file may contain anything, and another program may listen on the store's port.
 */
export function isContext(answer: unknown): answer is UsageContext {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'requests' in answer &&
    typeof answer.requests === 'number'
  );
}

/** The cache file of a project. */
export function contextFile(folder: string, project: string): string {
  return join(folder, `${project === '' ? 'all' : encodeURIComponent(project)}.json`);
}
