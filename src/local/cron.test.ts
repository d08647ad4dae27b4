import { describe, expect, it } from 'vitest';
import { isDue } from './cron.js';

/** A Sunday. */
const sunday = new Date('2026-11-29T10:30:45Z');

describe('isDue', () => {
  it.each<[string, boolean]>([
    ['* * * * *', true],
    ['30 10 * * *', true],
    ['31 10 * * *', false],
    ['*/15 * * * *', true],
    ['*/20 * * * *', false],
    ['0,30 9-11 * * *', true],
    ['5/25 * * * *', true],
    ['10-40/20 * * * *', true],
    ['30 10 29 11 *', true],
    ['30 10 * dec *', false],
    ['30 10 * NOV sun', true],
    ['30 10 ? * 7', true],
    ['30 10 * * 1-5', false],
    // One of the two days is enough.
    ['30 10 1 * 0', true],
    ['30 10 29 * 1', true],
    ['30 10 1 * 1', false],
    ['@on-demand', false],
    ['30 10 * *', false],
    ['70 10 * * *', false],
    ['*/0 * * * *', false],
    ['30 10 L * *', false],
  ])('%s is due on Sunday, 29 November, at 10:30 UTC: %s', (schedule, expected) => {
    expect(isDue(schedule, sunday)).toBe(expected);
  });
});
