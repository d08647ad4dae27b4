/**
 * Deploys datafiles to a Tinybird workspace, over the same endpoints as the official CLI.
 *
 * Shape: `POST /v1/deploy` takes a multipart form with one part `data_project://` per file and answers with the
 * deployment, which Tinybird fills in the background; `GET /v1/deployments/ID` says how far it is.
 *
 * Rule: a deployment replaces the whole project of the workspace. What the workspace has and the files lack would be
 * removed, so {@link planOf} names it first.
 * Source: reference notes on Tinybird, §1.2 and §1.4.
 */
import { datafileForm } from '../base/datafile-form.js';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { askAdmin, type DeployTarget } from './admin-call.js';
import { StoreError } from './store-error.js';
import type { Ms } from '../base/time/units.js';

/** A `.datasource` or `.pipe` file. */
export interface Datafile {
  filename: string;
  content: string;
}

/** What a deployment would do, as names of files. */
export interface DeployPlan {
  /** Resources that the workspace lacks. */
  creates: string[];
  /** Resources that it has; Tinybird decides which of them change. */
  keeps: string[];
  /** Resources that only the workspace has. */
  removes: string[];
}

/** The outcome of a deployment or of its check. */
export interface DeployOutcome {
  /** Whether the workspace had all of it already. */
  isUnchanged: boolean;
  /** Tinybird's id of the deployment; null for a check and if nothing changed. */
  id: string | null;
  /** Whether it answers queries already. */
  isLive: boolean;
  /** What Tinybird says about it, a line each, e.g. `WARNING Datasource events.datasource: …`. */
  feedback: string[];
}

export interface DeployOptions {
  /** Only asks whether the workspace would take the files. */
  check: boolean;
  /** Allows Tinybird to remove resources, and rows with them. */
  allowDestructive: boolean;
}

const named = z.object({ name: z.string() });
const dataSources = z.object({ datasources: z.array(named) });
const pipes = z.union([z.object({ pipes: z.array(named) }), z.object({ data: z.array(named) })]);

const feedback = z.object({
  resource: z.optional(z.nullable(z.string())),
  level: z.optional(z.string()),
  message: z.string(),
});
const deployment = z.object({
  id: z.string(),
  status: z.string(),
  live: z.optional(z.boolean()),
  feedback: z.optional(z.array(feedback)),
});
const answer = z.object({
  result: z.string(),
  deployment: z.optional(deployment),
  errors: z.optional(z.array(z.object({ filename: z.optional(z.string()), error: z.string() }))),
  error: z.optional(z.string()),
});
type Answer = z.infer<typeof answer>;

/** Pause between two looks at a deployment, milliseconds, as in the official CLI. */
const LOOK_EVERY_MS = 5_000;
/** A deployment that copies many rows takes long, milliseconds. */
const READY_LIMIT_MS = 30 * 60_000;

/** Compares the files with what the workspace has. @throws {StoreError} */
export async function planOf(target: DeployTarget, files: readonly Datafile[]): Promise<DeployPlan> {
  const [tables, questions] = await Promise.all([
    askAdmin(target, '/v0/datasources', dataSources),
    askAdmin(target, '/v1/pipes', pipes),
  ]);
  const there = [
    ...tables.datasources.map(({ name }) => `${name}.datasource`),
    ...('pipes' in questions ? questions.pipes : questions.data).map(({ name }) => `${name}.pipe`),
  ];
  const known = new Set(there);
  const wanted = new Set(files.map(({ filename }) => filename));
  return {
    creates: [...wanted].filter((name) => !known.has(name)).sort(),
    keeps: [...wanted].filter((name) => known.has(name)).sort(),
    removes: there.filter((name) => !wanted.has(name)).sort(),
  };
}

/**
 * Sends the files, as a deployment that goes live by itself or as a check.
 *
 * @throws {StoreError} `rejected` with Tinybird's reasons, a line each, if it does not take them
 */
export async function deployFiles(
  target: DeployTarget,
  files: readonly Datafile[],
  { check, allowDestructive }: DeployOptions,
): Promise<DeployOutcome> {
  const query = new URLSearchParams(check ? { check: 'true' } : { auto_promote: 'true' });
  if (allowDestructive) query.set('allow_destructive_operations', 'true');
  const said = await askAdmin(target, `/v1/deploy?${query.toString()}`, answer, {
    method: 'POST',
    body: datafileForm(files),
  });
  const reasons = reasonsOf(said);
  if (said.result === 'failed' || reasons.length > 0) throw refused(target, reasons);
  return {
    isUnchanged: said.result === 'no_changes',
    id: said.deployment?.id ?? null,
    isLive: said.deployment?.live === true,
    feedback: (said.deployment?.feedback ?? []).map(lineOf),
  };
}

/**
 * Waits until a deployment answers queries.
 *
 * @throws {StoreError} `rejected` if Tinybird gives it up, `timeout` after half an hour
 */
export async function untilLive(
  target: DeployTarget,
  id: string,
  everyMs: Ms = LOOK_EVERY_MS,
): Promise<void> {
  for (const limit = performance.now() + READY_LIMIT_MS; performance.now() < limit;) {
    const { deployment: state } = await askAdmin(target, `/v1/deployments/${encodeURIComponent(id)}`, answer);
    if (state?.live === true) return;
    if (state !== undefined && ['failed', 'deleting', 'deleted'].includes(state.status)) {
      const reasons = (state.feedback ?? []).map(lineOf);
      throw refused(target, [`deployment ${id} is ${state.status}`, ...reasons]);
    }
    await sleep(everyMs);
  }
  throw new StoreError(
    'timeout',
    `${target.url}: deployment ${id} was not live after ${READY_LIMIT_MS / 60_000} minutes; Tinybird goes on with it`,
    null,
    null,
  );
}

/** The errors in an answer, a line each. */
function reasonsOf({ deployment: made, errors = [], error }: Answer): string[] {
  const serious = (made?.feedback ?? []).filter(({ level }) => level === 'ERROR');
  return [
    ...serious.map(lineOf),
    ...errors.map(({ filename, error: why }) => (filename === undefined ? why : `${filename}: ${why}`)),
    ...(error === undefined ? [] : [error]),
  ];
}

function lineOf({ resource, level, message }: z.infer<typeof feedback>): string {
  return [level ?? '', [resource ?? '', message].filter((part) => part !== '').join(': ')]
    .filter((part) => part !== '')
    .join(' ');
}

function refused({ url }: DeployTarget, reasons: readonly string[]): StoreError {
  const why = reasons.length === 0 ? 'it gives no reason' : reasons.join('\n');
  return new StoreError('rejected', `${url} refused the deployment:\n${why}`, 400, null);
}
