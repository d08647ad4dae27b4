/** What each address of the API takes and answers, as types: all that the page knows of it. */
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

/** The answer of an address. */
export type AnswerOf<P extends Path> = z.infer<Routes[P]['answer']>;

/** The parameters of an address, as they stand in its query. */
export type QueryOf<P extends Path> = {
  [K in keyof Routes[P]['parameters']]?: string | number | undefined;
};

/** What is answered where something went wrong. */
export type Failure = z.infer<typeof errorSchema>;
