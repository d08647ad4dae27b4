/** The parameters and answers of every API route, as types: the page needs nothing else of the API. */
import type * as z from 'zod/mini';
import type { errorSchema } from './openapi.js';
import type { cost, session, sessions, summary, timeline, tools, trend } from './routes/index.js';

interface Routes {
  '/v1/analytics/cost': typeof cost;
  '/v1/analytics/tools': typeof tools;
  '/v1/analytics/trend': typeof trend;
  '/v1/sessions': typeof sessions;
  '/v1/sessions/:id': typeof session;
  '/v1/sessions/:id/timeline': typeof timeline;
  '/v1/summary': typeof summary;
}

export type Path = keyof Routes;

/** The answer of a route. */
export type AnswerOf<P extends Path> = z.infer<Routes[P]['answer']>;

/** The query parameters of a route. */
export type QueryOf<P extends Path> = {
  [K in keyof Routes[P]['parameters']]?: string | number | undefined;
};

/** The answer to a failed request. */
export type Failure = z.infer<typeof errorSchema>;
