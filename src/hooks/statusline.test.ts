import { expect, it } from 'vitest';
import { statusLine } from './statusline.js';

const now = Date.parse('2026-11-20T18:30:00Z');
const inMinutes = (minutes: number) => now / 1_000 + minutes * 60;

it('the status line shows the model, the cost, the context and the limits', () => {
  const given = {
    model: { display_name: 'Opus 4.8' },
    cost: { total_cost_usd: 12.345 },
    context_window: { used_percentage: 26, context_window_size: 1_000_000 },
    rate_limits: {
      five_hour: { used_percentage: 42.4, resets_at: inMinutes(130) },
      seven_day: { used_percentage: 36, resets_at: inMinutes(3 * 24 * 60) },
    },
  };
  expect(statusLine(given, { at: now, day: 0, cost_usd: 20 }, now)).toBe(
    'Opus 4.8 | 12.35 USD, today 20.00 | context 26 % of 1M | 5 h 42 % (2 h 10 min) | 7 d 36 % (3 d)',
  );
});

it('the status line leaves out figures that it does not get', () => {
  expect(statusLine({ cost: { total_cost_usd: 0.004 } }, undefined, now)).toBe('0.0040 USD');
  expect(statusLine({}, { at: now, day: 0, cost_usd: 3 }, now)).toBe('today 3.00 USD');
  expect(statusLine({}, { at: now, day: 0, cost_usd: null }, now)).toBe('');
  const nulls = { cost: null, context_window: { used_percentage: null }, rate_limits: { five_hour: {} } };
  expect(statusLine(nulls, undefined, now)).toBe('');
  expect(statusLine('text', undefined, now)).toBe('');
});

it('a name cannot send control sequences to the terminal', () => {
  expect(statusLine({ model: { display_name: 'O\u001b[2Jpus\n' } }, undefined, now)).toBe('O[2Jpus');
});

it("the status line shows the age of today's cost if there is no newer answer", () => {
  const shown = (minutes: number) =>
    statusLine({}, { at: now - minutes * 60_000, day: 0, cost_usd: 3 }, now).replace('today 3.00 USD', '');
  expect([1.9, 2, 59, 135].map(shown)).toEqual(['', ' (2 min old)', ' (59 min old)', ' (2 h 15 min old)']);
  expect(statusLine({ cost: { total_cost_usd: 1 } }, { at: 0, day: 0, cost_usd: null }, now)).toBe(
    '1.00 USD',
  );
});
