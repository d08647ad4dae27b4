/** Runs one call of the store, and turns each failure on its way into a StoreError. */
import { TinybirdApi, TinybirdApiError } from '@tinybirdco/sdk';
import { OddAnswer } from './answers.js';
import type { CallOptions, TinybirdClientOptions } from './client-types.js';
import { StoreError, kindOfStatus, parseRetryAfter, type StoreErrorKind } from './store-error.js';
import type { Ms } from '../base/time/units.js';

/** A request that was sent, and its answer so far. */
interface Sent {
  to: string;
  answer: Response | null;
}

/**
 * Runs one call and turns every failure between here and Tinybird into a StoreError. What cannot even be sent (a Date
 * in a row, a token that no header can carry) is the caller's mistake and is thrown unchanged.
 */
export async function callStore<T>(
  { baseUrl, fetch: send = fetch, timeoutMs: defaultTimeoutMs, signal }: TinybirdClientOptions,
  token: string,
  ask: (api: TinybirdApi, timeout: number) => Promise<T>,
  limits: CallOptions,
): Promise<T> {
  const timeoutMs = limits.timeoutMs ?? defaultTimeoutMs ?? 10_000;
  const calls: Sent[] = [];
  const api = new TinybirdApi({
    baseUrl,
    token,
    fetch: async (input, init) => {
      const call: Sent = { to: typeof input === 'string' ? withoutQuery(input) : baseUrl, answer: null };
      calls.push(call);
      call.answer = await send(input, withSignal(withMaxAge(init, limits.maxAgeSeconds), signal));
      return call.answer;
    },
  });
  try {
    return await ask(api, timeoutMs);
  } catch (error) {
    const call = calls.at(-1);
    throw call === undefined ? error : toStoreError(error, call, timeoutMs);
  }
}

function withMaxAge(init: RequestInit | undefined, seconds: number | undefined): RequestInit | undefined {
  if (seconds === undefined) return init;
  const headers = new Headers(init?.headers);
  headers.set('cache-control', `max-age=${seconds}`);
  return { ...init, headers };
}

function withSignal(init: RequestInit | undefined, signal: AbortSignal | undefined): RequestInit | undefined {
  if (signal === undefined) return init;
  return { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) };
}

/** An address as an error shows it: without the query, so that a pipe's parameters do not get into logs. */
function withoutQuery(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

/** Longest part of an answer that an error repeats: a proxy may answer with a whole page. */
const MAX_SAID = 500;

function toStoreError(error: unknown, { to, answer }: Sent, timeoutMs: Ms): StoreError {
  const status = answer?.status ?? null;
  const fail = (kind: StoreErrorKind, what: string, retryAfterMs: Ms | null = null) =>
    new StoreError(kind, `${to} ${what}`, status, retryAfterMs, { cause: error });

  if (error instanceof TinybirdApiError) {
    const retryAfterMs = parseRetryAfter(answer?.headers.get('retry-after') ?? null, Date.now());
    const said = error.message.slice(0, MAX_SAID);
    return fail(kindOfStatus(error.statusCode), `answered ${error.statusCode}: ${said}`, retryAfterMs);
  }
  if (error instanceof OddAnswer) return fail('bad_response', error.message);
  if (error instanceof SyntaxError) return fail('bad_response', 'answered something that is not JSON');
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return fail('timeout', `did not answer within ${timeoutMs} ms`);
  }
  return fail('network', `cannot be reached: ${innermostMessage(error)}`);
}

/** The message of the socket: fetch wraps it in an error that only says that it failed. */
function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return innermostMessage(error.cause);
  // If a name has two addresses and both refuse, the message is empty and only the code is useful.
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}
