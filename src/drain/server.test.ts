import { expect, it } from 'vitest';
import { rivalDeadline } from './server.js';

const now = Date.parse('2026-11-20T12:00:00Z');

it.each([
  ['starts at this moment', now - 1_000, now + 45_000],
  ['began to start a while ago', now - 12_000, now + 45_000],
])('a server of another process that %s is waited for', (_, takenAt, until) => {
  expect(rivalDeadline(takenAt, now)).toBe(until);
});

it('nobody waits for a process that has had the folder for long and answers nobody, nor for none', () => {
  expect(rivalDeadline(now - 90_000, now)).toBeLessThanOrEqual(now);
  expect(rivalDeadline(undefined, now)).toBe(now);
});
