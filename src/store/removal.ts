/**
 * Removes rows of a table by a condition: `POST /v0/datasources/NAME/delete`, whose job may end after its answer.
 * Tinybird Cloud needs a token that may deploy.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { askAdmin, type DeployTarget } from './admin-call.js';
import { StoreError } from './store-error.js';
import type { Ms } from '../base/time/units.js';

const dryAnswer = z.object({ rows_to_be_deleted: z.number() });
const job = z.object({
  id: z.string(),
  status: z.string(),
  rows_affected: z.optional(z.nullable(z.number())),
  error: z.optional(z.nullable(z.string())),
});

/** Pause between two looks at a job, milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** A job that takes longer is left alone, milliseconds. */
const READY_LIMIT_MS = 30 * 60_000;

const counted = z.object({ data: z.array(z.object({ n: z.number() })) });

/** How many rows of a table are in its quarantine. @throws {StoreError} */
export async function countQuarantined(target: DeployTarget, table: string): Promise<number> {
  const sql = `SELECT toUInt32(count()) AS n FROM ${table}_quarantine FORMAT JSON`;
  try {
    const { data } = await askAdmin(target, `/v0/sql?q=${encodeURIComponent(sql)}`, counted);
    return data[0]?.n ?? 0;
  } catch (error) {
    // A table that never had such rows has no quarantine.
    if (
      error instanceof StoreError &&
      /quarantine' not found|not_found/.test(`${error.message} ${error.kind}`)
    )
      return 0;
    throw error;
  }
}

/** Empties the quarantine of a table. Returns the number of rows. @throws {StoreError} */
export async function emptyQuarantine(target: DeployTarget, table: string): Promise<number> {
  const rows = await countQuarantined(target, table);
  if (rows > 0)
    await askAdmin(
      target,
      `/v0/datasources/${encodeURIComponent(`${table}_quarantine`)}/truncate`,
      z.unknown(),
      {
        method: 'POST',
      },
    );
  return rows;
}

const requestOf = (condition: string, more: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams({ delete_condition: condition, ...more }),
});

const pathOf = (table: string) => `/v0/datasources/${encodeURIComponent(table)}/delete`;

/** How many rows a removal would remove. @throws {StoreError} */
export async function countRemovable(
  target: DeployTarget,
  table: string,
  condition: string,
): Promise<number> {
  const request = requestOf(condition, { dry_run: 'true' });
  return (await askAdmin(target, pathOf(table), dryAnswer, request)).rows_to_be_deleted;
}

/**
 * Removes the rows for which a condition is true, and resolves when they are gone, with their number.
 *
 * @throws {StoreError} also if Tinybird gives the job up, or does not end it within half an hour
 */
export async function removeRows(
  target: DeployTarget,
  table: string,
  condition: string,
  everyMs: Ms = LOOK_EVERY_MS,
): Promise<number> {
  const rows = await countRemovable(target, table, condition);
  if (rows === 0) return 0;
  let state = await askAdmin(target, pathOf(table), job, requestOf(condition));
  for (const limit = performance.now() + READY_LIMIT_MS; performance.now() < limit;) {
    if (state.status === 'done') return state.rows_affected ?? rows;
    if (state.status === 'error')
      throw new StoreError('rejected', `${table}: ${state.error ?? 'the removal failed'}`, null, null);
    await sleep(everyMs);
    state = await askAdmin(target, `/v0/jobs/${encodeURIComponent(state.id)}`, job);
  }
  throw new StoreError(
    'timeout',
    `${table}: the removal has not ended; Tinybird goes on with it`,
    null,
    null,
  );
}
