import picocolors from 'picocolors';
import { expect, it } from 'vitest';
import { anomalyLines } from './anomaly-lines.js';

const terminal = { width: 80, paint: picocolors.createColors(false) };

const one = {
  ...({
    kind: 'cost_spike',
    period: 'day',
    starts_at: '2026-03-10 00:00:00.000',
    value: 120.5,
    usual: 20,
  } as const),
  ...{ limit_value: 60, score: 6, compared_periods: 20, subject: 'shop-7815fea6' },
};

it('says what was unusual, and what is usual', () => {
  expect(anomalyLines([], terminal)).toEqual([]);
  expect(
    anomalyLines(
      [
        one,
        { ...one, kind: 'failure_spike', value: 0.5, usual: 0.05, subject: 'Ba\u001b[2Jsh' },
        { ...one, kind: 'velocity_drop', period: 'week', value: 2, usual: 18.5, subject: '' },
      ],
      terminal,
    ).join('\n'),
  ).toMatchInlineSnapshot(`
    "Unusual days and weeks (UTC):
      2026-03-10 cost 120.50 USD; 20.00 is usual. Most of it: shop-7815fea6.
      2026-03-10: 50 % of the tool calls failed; 5 % is usual. Most of them:
      Ba�[2Jsh.
      Week from 2026-03-10: 2 commits and completed tasks; 19 is usual."
  `);
});

it('shows ten, and how many there are besides', () => {
  const lines = anomalyLines(
    Array.from({ length: 12 }, () => one),
    terminal,
  );
  expect(lines).toHaveLength(12);
  expect(lines.at(-1)).toBe('  and 2 more (--json)');
});
