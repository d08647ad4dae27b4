import { readFileSync } from 'node:fs';
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

/** What the client of 2.1.332 gave to its status line, by the number of the capture. */
const captured = (number: number): unknown =>
  JSON.parse(
    readFileSync(
      new URL(`../../tests/fixtures/captures-2.1.332/statusline/0${number}.json`, import.meta.url),
      'utf8',
    ),
  );

it('the status line of client 2.1.332 tells the effort and when the prompt cache gets cold', () => {
  // The second capture's cache expires at 1795930197.
  const expires = 1_795_930_197_000;
  const shown = (before: number) => statusLine(captured(2), undefined, expires - before);
  expect(shown(4 * 60_000)).toBe('Opus 5.5 (medium) | 0.16 USD | context 3 % of 1M | cache cold in 4 min');
  expect(shown(61_000)).toContain('cache cold in 2 min');
  expect(shown(0)).toContain('| cache cold (32.2k to rewrite)');
  expect(shown(-3_600_000)).toContain('| cache cold (32.2k to rewrite)');
});

it('the status line of a session without an answer says nothing about the cache', () => {
  // The first capture is of the start: no prompt_cache, and null for the context.
  expect(statusLine(captured(1), undefined, now)).toBe('Opus 5.5 (medium) | 0.00 USD');
});

it('a prompt cache without figures is warm, cold or not mentioned', () => {
  const shown = (prompt_cache: unknown) => statusLine({ prompt_cache }, undefined, now);
  expect(shown({ warm: true, expires_at: null })).toBe('cache warm');
  expect(shown({ warm: false, expires_at: null, recache_tokens_if_cold: null })).toBe('cache cold');
  expect(shown({ warm: false, expires_at: inMinutes(3), recache_tokens_if_cold: 1_500 })).toBe(
    'cache cold (1.5k to rewrite)',
  );
  expect(shown({ warm: false, caching_observed: false })).toBe('');
  expect([null, undefined, {}, 'warm', { warm: null }].map(shown)).toEqual(['', '', '', '', '']);
});

it('the status line shows a limit in money, fast mode and the pull request, and leaves out what is null', () => {
  const given = {
    model: { display_name: 'Opus 5.5' },
    effort: { level: 'high' },
    fast_mode: true,
    rate_limits: { spend_limit: { used_usd: 12, limit_usd: 50 } },
    pr: { number: 12, url: 'https://example.com/pull/12', review_state: 'changes_requested' },
  };
  expect(statusLine(given, undefined, now)).toBe(
    'Opus 5.5 (high, fast) | spend 12.00 of 50.00 USD | PR #12 (changes requested)',
  );
  const nulls = {
    model: { display_name: 'Opus 5.5' },
    effort: null,
    fast_mode: null,
    rate_limits: { spend_limit: { used_usd: null, limit_usd: 50 } },
    pr: { number: null, review_state: null },
  };
  expect(statusLine(nulls, undefined, now)).toBe('Opus 5.5');
  expect(statusLine({ pr: { number: 7, review_state: null } }, undefined, now)).toBe('PR #7');
});
