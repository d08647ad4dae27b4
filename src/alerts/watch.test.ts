import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ask, RowsOf } from '../store/question-types.js';
import { statesFile } from './state-file.js';
import { AlertWatch } from './watch.js';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'atel-watch-'));
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

const saved = {
  ...{ rule: 'mine', kind: 'budget', metric: 'cost_usd', span: 'session', timezone: 'UTC' },
  ...{ project: '', model: '', model_family: '', agent_type: '', skill_name: '', git_branch: '' },
  ...{ comparator: 'above', threshold: 3, hard_limit: 9, median_factor: null, median_windows: null },
  ...{ hysteresis: 0.1, cooldown_minutes: 60, severity: 'critical', is_enabled: 1, version: 5 },
  ...{ saved_at: '2026-03-02 08:00:00.000', state: '', value: null, compared_with_value: null },
  ...{ state_session: '', changed_at: null, fired: 0 },
} satisfies RowsOf<'alertList'>[number];

/** A watch over rules, and the sessions and limits that the store answers; each round is one minute later. */
function watchOf(rule: RowsOf<'alertList'>[number], start = '2026-03-02T10:00:00Z') {
  const answers: Record<string, unknown[]> = { alertList: [rule], sessionList: [], limitWindows: [] };
  const ask = ((question: string) => Promise.resolve(answers[question])) as unknown as Ask;
  const receivers = { alert_command: null as string | null, alert_webhook: null };
  const [rows, lines]: [Record<string, unknown>[], string[]] = [[], []];
  let now = Date.parse(start);
  let writes = 0;
  const watch = new AlertWatch({
    ...{ home, ask, receivers: () => receivers, log: (line) => lines.push(line), now: () => now },
    writes: () => new Map([['requests', writes]]),
    recorder: { device: 'test', origin: 'live', privacyTier: 1 },
    save: (some) => Promise.resolve(void rows.push(...some.map(({ row }) => ({ ...row })))),
  });
  const round = async () => {
    now += 60_000;
    writes += 1;
    watch.look();
    await watch.settled();
  };
  return { answers, receivers, rows, lines, watch, round };
}

const session = (id: string, total_cost_usd: number) => ({
  ...{ session_id: id, request_count: 1, total_cost_usd, total_tokens: 1, started: null },
});

it('a session that ended is past no limit any more, and no line is about all sessions', async () => {
  const { answers, rows, round, watch } = watchOf({ ...saved, project: 'shop-00000001' });
  answers.sessionList = [session('a', 4), session('b', 10)];
  await round();
  answers.sessionList = [session('b', 10)];
  await round();
  expect(rows.map((row) => [row.session_id, row.state, row.state_before, row.is_told])).toEqual([
    ['a', 'soft', 'ok', 1],
    ['b', 'hard', 'ok', 1],
    ['a', 'ok', 'soft', 0],
  ]);
  const guard = readFileSync(join(home, 'guard'), 'utf8').split('\n').slice(1);
  expect(guard.map((line) => line.split('|').slice(0, 2))).toEqual([['hard', 'b'], ['']]);
  await watch.close();
  expect(existsSync(join(home, 'guard'))).toBe(false);
});

it('a limit whose period has ended fires no more', async () => {
  const { answers, rows, round, watch } = watchOf({
    ...saved,
    ...{ rule: 'plan', kind: 'alert', metric: 'five_hour_used', span: 'period', threshold: 0.8 },
    hard_limit: null,
  });
  answers.limitWindows = [{ limit: 'five_hour', is_current: 1, used: 0.9, started_at: null }];
  await round();
  answers.limitWindows = [{ limit: 'five_hour', is_current: 0, used: 0.9, started_at: null }];
  await round();
  // Without any reading, nothing is known, and nothing changes.
  answers.limitWindows = [];
  await round();
  expect(rows.map((row) => [row.state, row.value])).toEqual([
    ['firing', 0.9],
    ['ok', null],
  ]);
  await watch.close();
});

it('what the status line and a new session are shown ends with the day that it is about', async () => {
  const { answers, round, watch } = watchOf(
    { ...saved, rule: 'day', span: 'day', timezone: 'Europe/Berlin' },
    '2026-03-02T10:00:00Z',
  );
  answers.alertValues = [
    {
      ...{ value: 5, row_count: 1, median_before: null, median_windows: 0 },
      ...{ starts_at: '2026-03-01 23:00:00.000', ends_at: '2026-03-02 10:01:00.000' },
    },
  ];
  await round();
  const kept = JSON.parse(readFileSync(statesFile(home), 'utf8')) as { line: string; until: number };
  expect(kept.line).toBe('! day');
  expect(new Date(kept.until).toISOString()).toBe('2026-03-02T23:00:00.000Z');
  await watch.close();
});

it('a store that does not answer is asked again after a pause, also when a rule was saved', async () => {
  let [asked, now] = [0, Date.parse('2026-03-02T10:00:00Z')];
  const lines: string[] = [];
  const watch = new AlertWatch({
    ...{ home, receivers: () => ({ alert_command: null, alert_webhook: null }), now: () => now },
    ask: () => {
      asked += 1;
      return Promise.reject(new Error('the store is down'));
    },
    writes: () => new Map([['alert_rules', 1]]),
    recorder: { device: 'test', origin: 'live', privacyTier: 1 },
    save: () => Promise.resolve(),
    log: (line) => lines.push(line),
  });
  const looked: number[] = [];
  for (let second = 0; second < 7; second += 1) {
    watch.look();
    await watch.settled();
    looked.push(asked);
    now += 1_000;
  }
  expect(looked).toEqual([1, 1, 1, 1, 1, 2, 2]);
  expect(lines).toEqual(['the store is down']);
  await watch.close();
});

it('a command that hangs holds neither the evaluation nor the end of the server up', async () => {
  const { answers, receivers, rows, watch } = watchOf(saved);
  receivers.alert_command = 'sleep 300; true';
  answers.sessionList = Array.from({ length: 200 }, (_, place) => session(`s${place}`, 10));
  watch.look();
  await expect.poll(() => rows.length).toBe(200);
  await watch.close();
  expect(existsSync(join(home, 'guard'))).toBe(false);
});
