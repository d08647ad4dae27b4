import { describe, expectTypeOf, it } from 'vitest';
import type { AnswerOf, Path, QueryOf } from './answers.js';

// `npm run type-check` is what makes these fail.
describe('the types of the API’s paths', () => {
  it('the types have exactly the paths that the routes define', () => {
    expectTypeOf<'/v1/sessions/:id/timeline'>().toExtend<Path>();
    expectTypeOf<'/v1/nothing'>().not.toExtend<Path>();
    expectTypeOf<string>().not.toExtend<Path>();
  });

  it('each path has its own type of answer and parameters', () => {
    expectTypeOf<AnswerOf<'/v1/sessions'>>().toHaveProperty('next_cursor');
    expectTypeOf<AnswerOf<'/v1/summary'>>().not.toHaveProperty('next_cursor');
    expectTypeOf<QueryOf<'/v1/sessions'>>().toHaveProperty('prefix');
    expectTypeOf<QueryOf<'/v1/summary'>>().not.toHaveProperty('prefix');
  });
});
