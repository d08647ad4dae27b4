/** Notes calls for the service data sources. */
import { HttpError } from '../../base/loopback/http-error.js';
import { ApiError, messageOf } from '../errors.js';
import type { RequestParameters } from '../template/template.js';
import type { Answer } from '../workspace/query.js';
import type { AppContext, ServerContext } from './context.js';

/** The name under which free queries are noted. */
export const QUERY_API = 'query_api';

/**
 * Runs a call of an endpoint or a free query, and notes how it ended.
 *
 * @param work takes a function that tells the parameters of the call
 */
export async function notedCall(
  c: AppContext,
  { workspace }: ServerContext,
  pipe: string,
  work: (tell: (parameters: RequestParameters) => void) => Promise<Answer>,
): Promise<Answer> {
  const start = new Date();
  let parameters: RequestParameters = new Map();
  const note = (status: number, error: string | undefined, answer: Answer | undefined) =>
    workspace.activity.noteCall({
      start,
      pipe,
      duration: (Date.now() - start.getTime()) / 1000,
      status,
      error,
      url: addressOf(c),
      method: c.req.method,
      token: tokenOf(c),
      parameters: Object.fromEntries(
        [...parameters].map(([key, value]) => [key, typeof value === 'string' ? value : value.join(',')]),
      ),
      userAgent: c.req.header('user-agent'),
      readRows: answer?.read.rows,
      readBytes: answer?.read.bytes,
      resultRows: answer === undefined ? 0 : answer.rows,
    });
  try {
    const answer = await work((given) => (parameters = given));
    if (!answer.isAboutService) note(200, undefined, answer);
    return answer;
  } catch (error) {
    note(statusOf(error), messageOf(error), undefined);
    throw error;
  }
}

/** The status with which an error is answered; 500 for one that nobody expected. */
function statusOf(error: unknown): number {
  return error instanceof ApiError || error instanceof HttpError ? error.status : 500;
}

/** Path and query string without the token. */
function addressOf(c: AppContext): string {
  const url = new URL(c.req.url);
  url.searchParams.delete('token');
  return url.pathname + url.search;
}

function tokenOf(c: AppContext): { id: string; name: string } {
  const access = c.get('access');
  if (access.kind === 'admin') return { id: 'workspace', name: 'workspace admin token' };
  return { id: access.name, name: access.name };
}
