/** Asks the API for a view, and keeps the answer current. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf, Path, QueryOf } from '../api/answers.js';
import { ask } from './ask.js';
import { useScope } from './scope.js';

/** Gets one address, and again when its parameters change or new events arrive; the old answer stays until then. */
export function useAnswer<P extends Path>(path: P, query: QueryOf<P>, id = ''): UseQueryResult<AnswerOf<P>> {
  const { now } = useScope();
  return useQuery({
    queryKey: [path, id, query, now.getTime()],
    queryFn: ({ signal }) => ask(path, query, { id, signal }),
    placeholderData: (before, asked) => (asked?.queryKey[1] === id ? before : undefined),
  });
}
