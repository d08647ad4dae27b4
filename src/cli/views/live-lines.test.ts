import { expect, it } from 'vitest';
import picocolors from 'picocolors';
import { liveLines, liveTitle, runningAgents, type LiveFigures } from './live-lines.js';

const NOW = Date.parse('2026-11-20T10:00:00Z');
const terminal = { width: 80, paint: picocolors.createColors(false) };
const at = (time: string) => `2026-11-20 ${time}.000`;

const total = (cost: number, requests: number) => ({
  total_cost_usd: cost,
  request_count: requests,
  total_tokens: 1_000 * requests,
  unpriced_requests: 0,
});
const session = (session_id: string) => ({
  session_id,
  project: 'shop-7815fea6',
  models: ['claude-opus-4-8'],
  last_activity: at('09:58:00'),
  prompts: 3,
  request_count: 7,
  total_tokens: 7_000,
  total_cost_usd: 1.25,
});
const activation = (session_id: string, agent_id: string, event: string, time: string) => ({
  session_id,
  agent_id,
  event,
  agent_type: 'reviewer',
  timestamp: at(time),
});

/** Only what the lines read. */
const figures = (more: object = {}) =>
  ({
    today: { ...total(4.5, 20), unpriced_requests: 2 },
    lastHour: total(0.5, 4),
    hours: [{ total_cost_usd: 0 }, { total_cost_usd: 2 }, { total_cost_usd: 4 }],
    limits: [],
    sessions: [session('11111111-aaaa'), session('22222222-bbbb')],
    activations: [
      activation('11111111-aaaa', 'a-1', 'start', '09:50:00'),
      activation('11111111-aaaa', 'a-2', 'start', '09:51:00'),
      activation('11111111-aaaa', 'a-1', 'stop', '09:52:00'),
      activation('22222222-bbbb', 'a-1', 'stop', '09:40:00'),
      activation('22222222-bbbb', 'a-1', 'start', '09:59:00'),
      activation('an-ended-session', 'a-3', 'start', '09:30:00'),
    ],
    ...more,
  }) as unknown as LiveFigures;

const lines = (given: LiveFigures, rows = Infinity) =>
  liveLines(given, { now: NOW, timezone: 'UTC', rows }, terminal);

it('a subagent runs from its last start until a stop, as long as its session is active', () => {
  expect(
    runningAgents(figures()).map(({ sessionId, startedAt }) => [sessionId, startedAt.toISOString()]),
  ).toEqual([
    ['11111111-aaaa', '2026-11-20T09:51:00.000Z'],
    ['22222222-bbbb', '2026-11-20T09:59:00.000Z'],
  ]);
});

it('the screen has today, the last hour, limits, active sessions and running subagents', () => {
  const limits = [
    {
      limit: 'five_hour',
      is_current: 1,
      used: 0.62,
      resets_at: at('12:00:00'),
      runs_out_at: at('11:30:00'),
      reached_at: null,
    },
    {
      limit: 'five_hour',
      is_current: 0,
      used: 1,
      resets_at: at('07:00:00'),
      runs_out_at: null,
      reached_at: at('06:00:00'),
    },
    { limit: 'seven_day', is_current: 1, used: 0.31, resets_at: null, runs_out_at: null, reached_at: null },
  ];
  expect(lines(figures({ limits }))).toEqual([
    'Today: 4.50 USD, 20 requests, 20.0k tokens, 2 without a price',
    'Last hour: 0.50 USD, 4 requests. By hour: ▁▅█',
    'Limit, 5 hours: 62 % used, resets in 2 h, runs out 2026-11-20 11:30',
    'Limit, 7 days: 31 % used',
    '',
    'Active session  Project        Model     Last seen  Prompts  Tokens   USD',
    '11111111        shop-7815fea6  opus-4-8  2 min ago        3    7.0k  1.25',
    '22222222        shop-7815fea6  opus-4-8  2 min ago        3    7.0k  1.25',
    '',
    'Running subagent  Session     For',
    'reviewer          11111111  9 min',
    'reviewer          22222222  1 min',
  ]);
});

it('figures that outlive the reset of a limit show no negative time', () => {
  const ended = {
    limit: 'five_hour',
    is_current: 1,
    used: 0.62,
    resets_at: at('09:00:00'),
    runs_out_at: null,
    reached_at: null,
  };
  expect(lines(figures({ limits: [ended] }))[2]).toBe('Limit, 5 hours: 62 % used, resets in 0 ms');
});

it('a quiet day says so', () => {
  expect(
    lines(figures({ sessions: [], today: total(0, 0), lastHour: total(0, 0), hours: [] })).slice(2),
  ).toEqual(['', 'No session is active.', '', 'No subagent is running.']);
});

it('what does not fit the terminal is counted', () => {
  const shown = lines(figures(), 6);
  expect(shown).toHaveLength(6);
  expect(shown.at(-1)).toBe('and 5 more lines');
});

it('figures that are no longer current say since when and why', () => {
  expect(liveTitle(NOW, 'UTC', null, terminal)).toBe('atel live, 10:00:00 (UTC). List prices. q ends it.');
  expect(liveTitle(NOW, 'UTC', 'the store does not answer', terminal)).toBe(
    'Not current since 10:00:00 (UTC): the store does not answer',
  );
});
