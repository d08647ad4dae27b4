/** Recognises answers that are still current, so that a client need not be sent them again. */
import type { Writes } from './live.js';
import type { Route } from './route.js';
import type { EpochMs } from '../base/time/units.js';

/** The tables that a route reads: those that the SQL of its pipes names, in whatever place. */
export function tablesRead({ pipes }: Pick<Route, 'pipes'>, tables: Iterable<string>): string[] {
  const sql = pipes.flatMap(({ options: { nodes } }) => nodes.map((node) => node.sql)).join('\n');
  const words = new Set(sql.match(/\w+/g));
  return [...tables].filter((table) => words.has(table));
}

/**
 * Whether only late rows can still change an answer: its window has ended, and nothing in it depends on the present time
 * any more.
 */
export function isSettled(
  { settlesAfterMs }: Pick<Route, 'settlesAfterMs'>,
  to: unknown,
  now: EpochMs,
): boolean {
  return to instanceof Date && to.getTime() + (settlesAfterMs ?? 0) <= now;
}

/**
 * The tag of a settled answer (ETag): it is current as long as nothing was written to the tables that it was read from.
 *
 * @param start a name of this run of the server, whose counts begin with 0
 */
export function tagOf(start: string, tables: readonly string[], writes: Writes): string {
  return `"${start}-${tables.reduce((sum, table) => sum + (writes.get(table) ?? 0), 0)}"`;
}

/** Whether a request already has the answer with this tag (RFC 9110, If-None-Match). */
export function isKnown(tag: string, ifNoneMatch: string | undefined): boolean {
  return (ifNoneMatch ?? '').split(',').some((known) => known.trim().replace(/^W\//, '') === tag);
}
