/** The parts of the cost of the window, a page at a time. */
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { AnswerOf } from '../../api/answers.js';
import { usePages } from '../question.js';
import { useScope } from '../scope.js';

type Answer = AnswerOf<'/v1/analytics/cost'>;
/** The answers by their grouping. */
type Answers = { [A in Answer as A['group_by']]: A };

/** Parts per page. */
const PAGE = 25;

/** What each part of a grouping cost, for `PagedRows`. */
export function useCostBy<G extends keyof Answers>(
  group: G,
): {
  of: UseInfiniteQueryResult<InfiniteData<Answer>>;
  rowsOf: (page: Answer) => Answers[G]['parts'] | [];
} {
  const { key, asked } = useScope();
  const of = usePages('/v1/analytics/cost', {
    key: [...key, group],
    query: () => ({ ...asked(), group_by: group, limit: PAGE }),
  });
  const isAsked = (page: Answer): page is Answers[G] => page.group_by === group;
  return { of, rowsOf: (page) => (isAsked(page) ? page.parts : []) };
}
