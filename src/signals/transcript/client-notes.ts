/**
 * The lines of a transcript in which the client notes something besides messages, and that are kept: a pull request of
 * the session (`pr-link`), an attempt of a request that failed and is tried again (`system/api_error`), and the hooks
 * that ran at the end of a turn (`system/stop_hook_summary`). Of each only numbers and kinds are kept.
 */
import type { EpochMs } from '../../base/time/units.js';
import { asArray, asCount, asObject, asText, type Json } from '../../base/json/json.js';
import { asId, asName } from '../privacy/name.js';
import { isKind } from '../privacy/word.js';
import { repositoryOfPullRequest } from '../project.js';

/** What the client noted in a line of its own. */
export interface ClientNote {
  event: 'pull_request' | 'api_retry' | 'stop_hooks';
  /** What identifies it within its session. */
  id: string;
  at: EpochMs;
  promptId: string;
  errorClass: string;
  durationMs: number | null;
  pullRequest: number | null;
  payload: Record<string, string | number | boolean>;
  copy: boolean;
  /** Offset after its line in the file. */
  end: number;
  /** Its number among the calls and notes of its thread, in order of the file. */
  place: number;
}

/** The parts of such a line that are read. */
export const noteShape = {
  keys: {
    uuid: {},
    prNumber: {},
    prUrl: {},
    error: { keys: { status: {}, requestId: {}, isNetworkDown: {}, connection: { keys: { code: {} } } } },
    retryAttempt: {},
    retryInMs: {},
    maxRetries: {},
    hookCount: {},
    hookInfos: { items: { keys: { durationMs: {} } } },
    hookErrors: { items: {} },
    preventedContinuation: {},
  },
};

type Noted = Pick<ClientNote, 'event' | 'id' | 'errorClass' | 'durationMs' | 'pullRequest' | 'payload'>;

/** Whether a line with this type and subtype is such a note. */
export function isNote(type: unknown, subtype: unknown): boolean {
  return (
    type === 'pr-link' || (type === 'system' && (subtype === 'api_error' || subtype === 'stop_hook_summary'))
  );
}

/** What a line says; undefined if it lacks what identifies it. */
export function readNote(type: unknown, subtype: unknown, line: Json): Noted | undefined {
  if (type === 'pr-link') return pullRequest(line);
  return subtype === 'api_error' ? retry(line) : stopHooks(line);
}

function pullRequest(line: Json): Noted | undefined {
  const number = asCount(line.prNumber);
  const repository = repositoryOfPullRequest(asText(line.prUrl) ?? '');
  if (number === undefined || number === 0 || number >= 2 ** 32 || repository === undefined) return undefined;
  return {
    ...{ event: 'pull_request', id: `${repository.repository}#${number}`, errorClass: '', durationMs: null },
    pullRequest: number,
    payload: { host: repository.host, repository: asName(repository.repository) },
  };
}

function retry(line: Json): Noted | undefined {
  const error = asObject(line.error);
  const attempt = asCount(line.retryAttempt);
  const request = asId(error?.requestId) || asId(line.uuid);
  if (request === '' || attempt === undefined) return undefined;
  const status = asCount(error?.status);
  return {
    event: 'api_retry',
    id: `${request} ${attempt}`,
    errorClass: status === undefined ? connectionError(error) : `http_${status}`,
    durationMs: null,
    pullRequest: null,
    payload: counts({
      attempt,
      status_code: status,
      retry_in_ms: line.retryInMs,
      max_retries: line.maxRetries,
    }),
  };
}

/** The kind of a failure without an answer: the system's code, such as `ECONNRESET`. */
function connectionError(error: Json | undefined): string {
  const code = asText(asObject(error?.connection)?.code) ?? '';
  return code !== '' && isKind(code) ? code : 'connection';
}

function stopHooks(line: Json): Noted | undefined {
  const id = asId(line.uuid);
  const hooks = asCount(line.hookCount);
  if (id === '' || hooks === undefined) return undefined;
  const times = asArray(line.hookInfos).flatMap((one) => asCount(asObject(one)?.durationMs) ?? []);
  return {
    ...{ event: 'stop_hooks', id, errorClass: '', pullRequest: null },
    // They run at the same time, so the turn waits for the slowest.
    durationMs: times.length === 0 ? null : Math.max(...times),
    payload: {
      ...counts({ hooks, failed: asArray(line.hookErrors).length }),
      prevented_end: line.preventedContinuation === true,
    },
  };
}

/** Those of the values that are counts. */
function counts(values: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const count = asCount(value);
      return count === undefined ? [] : [[name, count]];
    }),
  );
}
