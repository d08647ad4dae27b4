/** Requests that need a token which may deploy, over the same endpoints as the official CLI. */
import type * as z from 'zod/mini';
import { parseObject } from '../base/json/json.js';
import { errorOf } from './answers.js';
import { kindOfStatus, parseRetryAfter, StoreError } from './store-error.js';

/** A workspace, and a token that may deploy to it. */
export interface DeployTarget {
  url: string;
  token: string;
}

/** Time limit of one request, milliseconds: Tinybird checks all files of a deployment before it answers. */
const REQUEST_MS = 300_000;

/** Sends one request and checks its answer. @throws {StoreError} */
export async function askAdmin<T>(
  { url, token }: DeployTarget,
  path: string,
  schema: z.ZodMiniType<T>,
  init: RequestInit = {},
): Promise<T> {
  const to = new URL(path, url);
  const shown = `${to.origin}${to.pathname}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(to, {
      ...init,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    text = await response.text();
  } catch (error) {
    throw new StoreError('network', `${shown} cannot be reached`, null, null, { cause: error });
  }
  const parsed = schema.safeParse(parseObject(text));
  if (parsed.success && (response.ok || path.startsWith('/v1/deploy?'))) return parsed.data;
  const { status } = response;
  if (response.ok) throw new StoreError('bad_response', `${shown} answered something else`, status, null);
  const wait = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  throw new StoreError(
    kindOfStatus(status),
    `${shown} answered ${status}: ${errorOf(text).slice(0, 2_000)}`,
    status,
    wait,
  );
}
