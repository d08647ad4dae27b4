/** Gets answers from the API. */
import type { AnswerOf, Failure, Path, QueryOf } from '../api/answers.js';

/** A request that failed. `kind` is the API's kind of error, or `network` if there was no answer. */
export class AskError extends Error {
  override name = 'AskError';

  constructor(
    readonly kind: Failure['error']['kind'] | 'network',
    message: string,
  ) {
    super(message);
  }
}

/** Gets one address of the API. @throws {AskError} */
export async function ask<P extends Path>(
  path: P,
  query: QueryOf<P>,
  { id = '', signal }: { id?: string; signal?: AbortSignal } = {},
): Promise<AnswerOf<P>> {
  const known = Object.entries<string | number | undefined>(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  const search = new URLSearchParams(known).toString();
  const address = path.replace(':id', encodeURIComponent(id)) + (search === '' ? '' : `?${search}`);
  let response: Response;
  try {
    response = await fetch(address, { signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new AskError('network', 'The server of this page does not answer.');
  }
  if (!response.ok) throw await failureOf(response);
  return (await response.json()) as AnswerOf<P>;
}

/** Sends a change to the API. @throws {AskError} */
export async function send(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<void> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new AskError('network', 'The server of this page does not answer.');
  }
  if (!response.ok) throw await failureOf(response);
}

async function failureOf(response: Response): Promise<AskError> {
  try {
    const { error } = (await response.json()) as Failure;
    return new AskError(error.kind, error.message);
  } catch {
    return new AskError('internal', `The server answered ${response.status}.`);
  }
}
