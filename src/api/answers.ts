/** What each address of the API takes and answers, as types: all that the page knows of it. */
import type * as z from 'zod/mini';
import type { errorSchema } from './openapi.js';
import type * as routes from './routes/index.js';

type Route = (typeof routes)[keyof typeof routes];

/** Each address by its path. */
type Routes = { [R in Route as R['path']]: R };

export type Path = keyof Routes;

/** The answer of an address. */
export type AnswerOf<P extends Path> = z.infer<Routes[P]['answer']>;

/** The parameters of an address, as they stand in its query. */
export type QueryOf<P extends Path> = {
  [K in keyof Routes[P]['parameters']]?: string | number | undefined;
};

/** What is answered where something went wrong. */
export type Failure = z.infer<typeof errorSchema>;
