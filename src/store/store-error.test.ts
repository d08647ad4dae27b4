import { describe, expect, it } from 'vitest';
import { kindOfStatus, parseRetryAfter, StoreError } from './store-error.js';

describe('kindOfStatus', () => {
  it.each([
    [400, 'rejected'],
    [401, 'unauthorized'],
    [402, 'unavailable'],
    [403, 'unauthorized'],
    [404, 'not_found'],
    [405, 'unavailable'],
    [408, 'unavailable'],
    [413, 'rejected'],
    [422, 'rejected'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
    [302, 'unavailable'],
  ])('status %i is the error %s', (status, kind) => {
    expect(kindOfStatus(status)).toBe(kind);
  });
});

describe('parseRetryAfter', () => {
  const NOW = Date.parse('2026-11-20T10:00:00Z');

  it.each<[string, string | null, number | null]>([
    ['no header', null, null],
    ['an empty one', '', null],
    ['blanks', '  ', null],
    ['seconds', '120', 120_000],
    ['no wait', '0', 0],
    ['a fraction of a second', '0.5', 500],
    ['a negative number', '-5', 0],
    ['a date to come', 'Fri, 20 Nov 2026 10:01:30 GMT', 90_000],
    ['a date gone by', 'Fri, 20 Nov 2026 09:00:00 GMT', 0],
    ['neither', 'soon', null],
    ['no finite number', 'Infinity', null],
  ])('Retry-After is read: %s', (_, header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });
});

describe('StoreError', () => {
  it('a StoreError has the kind, status, pause and cause', () => {
    const cause = new Error('socket');
    const error = new StoreError('rate_limited', 'too many', 429, 2_000, { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'StoreError',
      kind: 'rate_limited',
      message: 'too many',
      status: 429,
      retryAfterMs: 2_000,
      cause,
    });
  });
});
