import { describe, expectTypeOf, it } from 'vitest';
import type { EpochMs, EpochNanos, EpochSeconds, Ms } from './units.js';

// `npm run type-check` is what makes these fail: at run time there is nothing left of a unit.
describe('a unit of time', () => {
  it('a unit of time is not accepted in place of another one', () => {
    expectTypeOf<EpochMs>().not.toExtend<Ms>();
    expectTypeOf<Ms>().not.toExtend<EpochMs>();
    expectTypeOf<EpochSeconds>().not.toExtend<EpochMs>();
    expectTypeOf<EpochSeconds>().not.toExtend<Ms>();
    expectTypeOf<EpochNanos>().not.toExtend<EpochMs>();
    expectTypeOf<EpochMs | null>().not.toExtend<Ms | null>();
  });

  it('a unit is not accepted in place of another one as a parameter or a field', () => {
    const age = (at: EpochMs, now: EpochMs): Ms => now - at;
    const timer: { wait: Ms; since: EpochMs } = { wait: 1_000, since: 0 };
    expectTypeOf(age).toBeCallableWith(timer.since, Date.now());
    // @ts-expect-error A length of time is no moment.
    age(timer.wait, timer.since);
    // @ts-expect-error A moment is no length of time.
    timer.wait = timer.since;
  });

  it('a plain number needs no cast to become a unit, and a unit is accepted as a number', () => {
    expectTypeOf<number>().toExtend<EpochMs>();
    expectTypeOf<number>().toExtend<Ms>();
    expectTypeOf<EpochMs>().toExtend<number>();
    expectTypeOf<bigint>().toExtend<EpochNanos>();
  });
});
