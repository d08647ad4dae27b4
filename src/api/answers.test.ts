import { describe, expectTypeOf, it } from 'vitest';
import type { AnswerOf, Path, QueryOf } from './answers.js';

// `npm run type-check` is what makes these fail.
describe('the types of the API’s addresses', () => {
  it('know the paths that the routes define, and no others', () => {
    expectTypeOf<'/v1/sessions/:id/timeline'>().toExtend<Path>();
    expectTypeOf<'/v1/nothing'>().not.toExtend<Path>();
    expectTypeOf<string>().not.toExtend<Path>();
  });

  it('tell the answer and the parameters of one from those of another', () => {
    expectTypeOf<AnswerOf<'/v1/sessions'>>().toHaveProperty('next_cursor');
    expectTypeOf<AnswerOf<'/v1/summary'>>().not.toHaveProperty('next_cursor');
    expectTypeOf<QueryOf<'/v1/sessions'>>().toHaveProperty('prefix');
    expectTypeOf<QueryOf<'/v1/summary'>>().not.toHaveProperty('prefix');
  });
});
