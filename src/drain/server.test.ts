import { expect, it } from 'vitest';
import { rivalDeadline } from './server.js';

const now = Date.parse('2026-11-20T12:00:00Z');

it.each([
  ['starts at this moment', now - 1_000, now + 45_000],
  ['began to start a while ago', now - 12_000, now + 45_000],
])('a drain waits for the server of another process that %s', (_, takenAt, until) => {
  expect(rivalDeadline(takenAt, now)).toBe(until);
});

it('a drain does not wait if no process has the folder, or if one has had it for long without answering', () => {
  expect(rivalDeadline(now - 90_000, now)).toBeLessThanOrEqual(now);
  expect(rivalDeadline(undefined, now)).toBe(now);
});
