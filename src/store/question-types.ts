/** The client's questions by name, with their parameters and rows. */
import type { TinybirdClient } from './client-types.js';

/** Names of the client's questions. */
export type QuestionName = {
  [K in keyof TinybirdClient]: TinybirdClient[K] extends { query: (...args: never[]) => unknown } ? K : never;
}[keyof TinybirdClient];

export type ParamsOf<K extends QuestionName> = NonNullable<Parameters<TinybirdClient[K]['query']>[0]>;
export type RowsOf<K extends QuestionName> = Awaited<ReturnType<TinybirdClient[K]['query']>>;

/** Asks one question. */
export type Ask = <K extends QuestionName>(question: K, params: ParamsOf<K>) => Promise<RowsOf<K>>;
