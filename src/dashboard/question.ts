import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf, Path, QueryOf } from '../api/answers.js';
import { ask } from './ask.js';

/** Asks one address, and again when what is asked about changes; meanwhile the answer before stays. */
export function useAnswer<P extends Path>(path: P, query: QueryOf<P>, id = ''): UseQueryResult<AnswerOf<P>> {
  return useQuery({
    queryKey: [path, id, query],
    queryFn: ({ signal }) => ask(path, query, { id, signal }),
    placeholderData: (before, asked) => (asked?.queryKey[1] === id ? before : undefined),
  });
}
