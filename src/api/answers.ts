/** The parameters and answers of every API route, as types: the page needs nothing else of the API. */
import type * as z from 'zod/mini';
export type { LiveEvents, LiveReads } from './live.js';
import type { errorSchema } from './openapi.js';
import type * as routes from './routes/index.js';

type Route = (typeof routes)[keyof typeof routes];

/** Each address by its path. */
type Routes = { [R in Route as R['path']]: R };

export type Path = keyof Routes;

/** The answer of a route. */
export type AnswerOf<P extends Path> = z.infer<Routes[P]['answer']>;

/** The query parameters of a route. */
export type QueryOf<P extends Path> = {
  [K in keyof Routes[P]['parameters']]?: string | number | undefined;
};

/** The answer to a failed request. */
export type Failure = z.infer<typeof errorSchema>;
