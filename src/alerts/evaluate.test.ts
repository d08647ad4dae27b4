import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, type Change, type RuleState, type Sample } from './evaluate.js';
import { readRule, RuleError, type RuleInput, type SavedRule } from './rule.js';

const MINUTE = 60_000;

const saved = (some: Partial<RuleInput> = {}): SavedRule => ({
  ...readRule({
    rule: 'cost',
    metric: 'cost_usd',
    ...(some.soft === undefined ? { above: 10 } : {}),
    ...some,
  }),
  version: 1,
});

const sample = (value: number | null, some: Partial<Sample> = {}): Sample => ({
  ...{ value, rows: value === null ? 1 : 5, median: null, from: 0, to: 0 },
  ...some,
});

/** Evaluates values a minute apart. */
function walk(
  rule: SavedRule,
  values: readonly (number | null)[],
  before?: RuleState,
  start = 0,
): { changes: Change[]; state: RuleState | undefined } {
  let state = before;
  const changes: Change[] = [];
  for (const [place, value] of values.entries()) {
    const found = evaluate(rule, state, sample(value), (start + place) * MINUTE);
    state = found.state;
    changes.push(...found.changes);
  }
  return { changes, state };
}

const states = (changes: readonly Change[]) => changes.map(({ state }) => state);

describe('an alert', () => {
  it('fires above its threshold, and ends only when the figure has come back by the hysteresis', () => {
    // 10 % of 10: it ends at 9 and below.
    const { changes } = walk(saved(), [10, 11, 9.5, 10.5, 9.01, 9, 9.5]);
    expect(changes.map(({ at, state, value }) => [at / MINUTE, state, value])).toEqual([
      [0, 'ok', 10],
      [1, 'firing', 11],
      [5, 'ok', 9],
    ]);
  });

  it('below a threshold it is the other way round', () => {
    const rule = { ...saved(), comparator: 'below' as const };
    // It ends at 11 and above.
    expect(states(walk(rule, [10, 9, 10.9, 11]).changes)).toEqual(['ok', 'firing', 'ok']);
  });

  it('compares with a multiple of the median, and says nothing while that is unknown', () => {
    const rule = saved({ above: undefined, times_median: 3 });
    const first = evaluate(rule, undefined, sample(100), 0);
    expect(first.changes).toEqual([]);
    const known = evaluate(rule, first.state, sample(100, { median: 30 }), MINUTE);
    expect(known.changes).toMatchObject([{ state: 'firing', value: 100, threshold: 90, isTold: true }]);
  });

  it('without anything usual to compare with it does not fire, and ends when nothing is used', () => {
    const rule = saved({ above: undefined, times_median: 3 });
    // Idle nights: the median of the hours before is 0.
    const first = evaluate(rule, undefined, sample(0.02, { median: 0 }), 0);
    expect(first.changes).toEqual([]);
    const fired = evaluate(rule, first.state, sample(100, { median: 30 }), MINUTE);
    expect(states(fired.changes)).toEqual(['firing']);
    const still = evaluate(rule, fired.state, sample(100, { median: 0 }), 2 * MINUTE);
    expect(still.changes).toEqual([]);
    const ended = evaluate(rule, still.state, sample(0, { median: 0 }), 3 * MINUTE);
    expect(states(ended.changes)).toEqual(['ok']);
  });

  it('its first known figure is kept, however long it was unknown', () => {
    const { changes } = walk(saved(), [null, null, 4, 5]);
    expect(changes.map(({ at, state, value }) => [at / MINUTE, state, value])).toEqual([[2, 'ok', 4]]);
  });

  it('below a share ends at 100 % at the latest', () => {
    const rule = saved({ metric: 'cache_hit_rate', above: undefined, below: 0.95, span: '24h' });
    // A tenth above 0.95 would be 1.045.
    expect(states(walk(rule, [0.97, 0.9, 0.99, 1]).changes)).toEqual(['ok', 'firing', 'ok']);
  });

  it('stays as it is while the figure is unknown, and ends in a window without any request', () => {
    const { state, changes } = walk(saved(), [11, null, null]);
    expect(states(changes)).toEqual(['firing']);
    expect(evaluate(saved(), state, sample(null, { rows: 0 }), 3 * MINUTE).changes).toMatchObject([
      { state: 'ok', value: null },
    ]);
  });

  it('is not told again within its cool-down, nor is the end of what was not told', () => {
    const { changes } = walk(saved({ cooldown_minutes: 5 }), [11, 1, 12, 1, 1, 13, 1]);
    expect(changes.map(({ state, isTold }) => [state, isTold])).toEqual([
      ['firing', true],
      ['ok', true],
      ['firing', false],
      ['ok', false],
      ['firing', true],
      ['ok', true],
    ]);
  });

  it('begins anew when the rule is edited', () => {
    const { state } = walk(saved(), [11]);
    const edited = { ...saved({ above: 20 }), version: 2 };
    expect(evaluate(edited, state, sample(11), MINUTE).changes).toMatchObject([{ state: 'ok' }]);
  });
});

describe('a budget', () => {
  it('is past a limit when it is reached, and past the hard one it is told again', () => {
    const { changes } = walk(saved({ soft: 8, hard: 10 }), [7, 8, 9, 10, 9.5, 8.9, 7.3, 7.1]);
    expect(changes.map(({ at, state, threshold }) => [at / MINUTE, state, threshold])).toEqual([
      [0, 'ok', 8],
      [1, 'soft', 8],
      [3, 'hard', 10],
      // Below 9, a tenth below 10; then below 7.2.
      [5, 'soft', 8],
      [7, 'ok', 8],
    ]);
  });
});

describe('the window of a day', () => {
  const rule = saved({ span: 'day', hysteresis: 0.5 });
  const DAY = 1440 * MINUTE;
  const of = (day: number, value: number) => sample(value, { from: day * DAY, to: (day + 1) * DAY });

  it('is not held by the hysteresis of the day before', () => {
    const first = evaluate(rule, undefined, of(0, 11), 0, { isCalendar: true });
    // 6 is within the hysteresis of 10, but it is another day.
    const second = evaluate(rule, first.state, of(1, 6), DAY, { isCalendar: true });
    expect(states(second.changes)).toEqual(['ok']);
  });

  it('fires again on a day that begins past the limit', () => {
    const first = evaluate(rule, undefined, of(0, 11), 0, { isCalendar: true });
    const second = evaluate(rule, first.state, of(1, 12), DAY, { isCalendar: true });
    expect(second.changes).toMatchObject([{ state: 'firing', value: 12, isTold: true }]);
    expect(evaluate(rule, second.state, of(1, 12), DAY + 1, { isCalendar: true }).changes).toEqual([]);
  });

  it('is evaluated again when its rows come late, and fires once', () => {
    let { state } = evaluate(rule, undefined, of(0, 9), 0, { isCalendar: true });
    const late = (value: number, at: number) => {
      const found = evaluate(rule, state, of(1, 1), DAY + at, { isCalendar: true, earlier: of(0, value) });
      state = found.state;
      return found.changes.map((change) => [change.state, change.value, change.isLate]);
    };
    expect(late(9, 1)).toEqual([]);
    expect(late(12, 2)).toEqual([['firing', 12, true]]);
    expect(late(12, 3)).toEqual([]);
    expect(late(15, 4)).toEqual([]);
    expect(state.state).toBe('ok');
  });

  it('that has fired does not fire again for a late row', () => {
    const { state } = evaluate(rule, undefined, of(0, 11), 0, { isCalendar: true });
    const next = evaluate(rule, state, of(1, 0), DAY, { isCalendar: true, earlier: of(0, 20) });
    expect(next.changes.filter(({ isLate }) => isLate)).toEqual([]);
  });
});

describe('for any figures', () => {
  const figures = fc.array(fc.option(fc.double({ min: 0, max: 20, noNaN: true }), { freq: 8 }), {
    minLength: 1,
    maxLength: 60,
  });
  const rules = fc
    .record({
      hysteresis: fc.double({ min: 0, max: 0.9, noNaN: true }),
      cooldown_minutes: fc.integer({ min: 0, max: 30 }),
      limits: fc.constantFrom<Partial<RuleInput>>({ above: 10 }, { soft: 5, hard: 10 }, { soft: 7 }),
    })
    .map(({ limits, ...some }) => saved({ ...some, ...limits }));

  it('an alert does not fire twice without having come back past the hysteresis in between', () => {
    fc.assert(
      fc.property(figures, fc.double({ min: 0, max: 0.9, noNaN: true }), (values, hysteresis) => {
        const fired = walk(saved({ hysteresis }), values).changes.filter(({ state }) => state === 'firing');
        for (const [place, { at }] of fired.entries()) {
          const last = fired[place - 1];
          if (last === undefined) continue;
          const between = values.slice(last.at / MINUTE, at / MINUTE);
          expect(between.some((value) => value !== null && value <= 10 * (1 - hysteresis))).toBe(true);
        }
      }),
    );
  });

  it('no state is told twice within the cool-down', () => {
    fc.assert(
      fc.property(rules, figures, (rule, values) => {
        const last = new Map<string, number>();
        for (const { state, at, isTold } of walk(rule, values).changes) {
          if (!isTold || state === 'ok') continue;
          expect(at - (last.get(state) ?? -Infinity)).toBeGreaterThanOrEqual(rule.cooldownMinutes * MINUTE);
          last.set(state, at);
        }
      }),
    );
  });

  it('a restart anywhere, with the last figure seen again, tells the same', () => {
    fc.assert(
      fc.property(rules, figures, fc.nat(), (rule, values, where) => {
        const cut = 1 + (where % values.length);
        const whole = walk(rule, values).changes;
        const first = walk(rule, values.slice(0, cut));
        // What a process reads from disk.
        const kept = JSON.parse(JSON.stringify(first.state)) as RuleState;
        const again = evaluate(rule, kept, sample(values[cut - 1] ?? null), (cut - 1) * MINUTE);
        expect(again.changes).toEqual([]);
        const rest = walk(rule, values.slice(cut), again.state, cut);
        expect([...first.changes, ...rest.changes]).toEqual(whole);
      }),
    );
  });

  it('late rows of a day fire each state at most once, whatever comes and however often', () => {
    const DAY = 1440 * MINUTE;
    fc.assert(
      fc.property(rules, fc.double({ min: 0, max: 20, noNaN: true }), figures, (plain, first, lates) => {
        const rule = { ...plain, span: 'day' };
        let { state } = evaluate(rule, undefined, sample(first, { to: DAY }), 0, { isCalendar: true });
        const worst = state.state;
        const told: string[] = [];
        for (const [place, value] of lates.entries()) {
          const found = evaluate(rule, state, sample(0, { from: DAY }), DAY + place, {
            isCalendar: true,
            earlier: sample(value, { to: DAY }),
          });
          state = found.state;
          told.push(...states(found.changes.filter(({ isLate }) => isLate)));
        }
        expect(new Set(told).size).toBe(told.length);
        expect(told).not.toContain(worst);
        expect(told).not.toContain('ok');
      }),
    );
  });
});

describe('a rule that cannot be', () => {
  it('is refused with what to give instead', () => {
    const refused = (some: Record<string, unknown>, message: string) =>
      expect(() => readRule({ rule: 'cost', ...some })).toThrow(new RuleError(`cost: ${message}`));
    // Nobody would ever be told.
    refused({ metric: 'five_hour_used', above: 80 }, 'five_hour_used is a share from 0 to 1: 80 % is 0.8');
    refused({ metric: 'cache_hit_rate', below: 50 }, 'cache_hit_rate is a share from 0 to 1: 80 % is 0.8');
    refused(
      { metric: 'tool_success_rate', hard: 0.9 },
      'a budget is for what is used up, and tool_success_rate is not: give above or below',
    );
    expect(readRule({ rule: 'plan', metric: 'five_hour_used', soft: 0.8, hard: 1 })).toMatchObject({
      threshold: 0.8,
      hardLimit: 1,
    });
  });
});
