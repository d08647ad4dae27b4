import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../tests/helpers/temp.js';
import { noteLimits } from './limit-readings.js';

const NOW = Date.parse('2026-11-20T10:00:00Z');
const RESET = NOW / 1_000 + 3_600;

/** A telemetry folder, and what its inbox got. */
function folder() {
  const home = tempFolder();
  mkdirSync(join(home, 'inbox'));
  let taken: string[] = [];
  const note = (rateLimits: unknown, later = 0, cwd: unknown = '/srv/shop') => {
    noteLimits(rateLimits, cwd, home, NOW + later);
    const files = readdirSync(join(home, 'inbox')).filter((name) => !taken.includes(name));
    taken = [...taken, ...files];
    return files.map((name) => JSON.parse(readFileSync(join(home, 'inbox', name), 'utf8')) as unknown);
  };
  return { home, note };
}

const fiveHour = (used_percentage: number, resets_at: number | undefined = RESET) => ({
  five_hour: { used_percentage, resets_at },
});

it('a reading goes to the inbox once, and again when more is used', () => {
  const { note } = folder();
  expect(note(fiveHour(12.5))).toEqual([
    { hook_event_name: 'StatusLine', cwd: '/srv/shop', rate_limits: fiveHour(12.5) },
  ]);
  expect(note(fiveHour(12.5), 1_000)).toEqual([]);
  expect(note(fiveHour(13), 2_000)).toMatchObject([{ rate_limits: fiveHour(13) }]);
});

it('an idle session that repeats an old reading changes nothing', () => {
  const { note } = folder();
  note(fiveHour(40));
  expect(note(fiveHour(30), 1_000)).toEqual([]);
  expect(note(fiveHour(90, RESET - 5 * 3_600), 2_000)).toEqual([]);
  expect(note(fiveHour(41), 3_000)).toHaveLength(1);
});

it('a new period begins with less', () => {
  const { note } = folder();
  note(fiveHour(100));
  expect(note(fiveHour(1, RESET + 5 * 3_600), 1_000)).toHaveLength(1);
});

it('two idle sessions that repeat readings of ended periods change nothing', () => {
  const { note } = folder();
  note(fiveHour(40));
  const later = 2 * 3_600_000;
  expect(note(fiveHour(90, RESET - 5 * 3_600), later)).toEqual([]);
  expect(note(fiveHour(40), later + 1_000)).toEqual([]);
});

it('a time of reset that is a second earlier or later is the same period', () => {
  const { note } = folder();
  note(fiveHour(40));
  expect(note(fiveHour(41, RESET - 1), 1_000)).toHaveLength(1);
  expect(note(fiveHour(30, RESET + 1), 2_000)).toEqual([]);
});

it('a time of reset in another unit does not hold up the readings after it', () => {
  const { note } = folder();
  expect(note(fiveHour(11, RESET * 1_000))).toHaveLength(1);
  expect(note(fiveHour(12), 1_000)).toMatchObject([{ rate_limits: fiveHour(12) }]);
  expect(note(fiveHour(12), 2_000)).toEqual([]);
});

it('only the limits that changed are written, also without a time of reset', () => {
  const { note } = folder();
  const spend = (used_usd: number) => ({ spend_limit: { used_usd, limit_usd: 50 } });
  note({ ...fiveHour(10), ...spend(12) });
  expect(note({ ...fiveHour(10), ...spend(12.5) }, 1_000)).toMatchObject([{ rate_limits: spend(12.5) }]);
  expect(note({ ...fiveHour(10), ...spend(12.5) }, 2_000)).toEqual([]);
});

it('what is no limit is left out', () => {
  const { note } = folder();
  const odd = {
    five_hour: { used_percentage: null, resets_at: RESET },
    seven_day: { used_percentage: '12', resets_at: RESET },
    'A Name': { used_percentage: 3 },
    list: [1],
    nothing: null,
    minus: { used_percentage: -1 },
  };
  for (const given of [undefined, null, 'x', 3, [], {}, odd]) expect(note(given)).toEqual([]);
});

it('nothing is written without a telemetry folder, and a damaged list of known readings is written anew', () => {
  const parent = tempFolder();
  noteLimits(fiveHour(1), '/', join(parent, 'telemetry'), NOW);
  expect(readdirSync(parent)).toEqual([]);
  const { home: other, note } = folder();
  mkdirSync(join(other, 'contexts'));
  writeFileSync(join(other, 'contexts', 'limits.statusline'), '{"five_hour":');
  expect(note(fiveHour(1))).toHaveLength(1);
  expect(note(fiveHour(1), 1_000)).toEqual([]);
});

it('a folder in the place of the known readings leaves no file behind, however often the status line runs', () => {
  const { home } = folder();
  mkdirSync(join(home, 'contexts', 'limits.statusline', 'x'), { recursive: true });
  for (const used of [1, 2]) expect(() => noteLimits(fiveHour(used), '/', home, NOW)).toThrow();
  expect(readdirSync(join(home, 'contexts'))).toEqual(['limits.statusline']);
  expect(readdirSync(join(home, 'inbox'))).toEqual([]);
});
