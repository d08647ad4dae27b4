import { describe, expect, it } from 'vitest';
import { ApiError } from './error.js';
import { readQuery } from './parameters.js';
import { readWindow, windowParameters } from './window.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const read = (query: string) => readWindow(readQuery(windowParameters, new URLSearchParams(query)), NOW);

describe('readWindow', () => {
  it('the default window is the last seven days, as in the pipes', () => {
    expect(read('')).toEqual({
      params: {},
      window: { from: '2026-11-14T12:00:00.000Z', to: null, project: null },
    });
  });

  it.each([
    ['days=1', '2026-11-20T12:00:00.000Z', null],
    ['from=2026-11-01', '2026-11-01T00:00:00.000Z', null],
    ['from=2026-11-01&days=3', '2026-11-01T00:00:00.000Z', null],
    ['to=2026-11-10&days=3', '2026-11-07T00:00:00.000Z', '2026-11-10T00:00:00.000Z'],
    ['from=2026-11-01T09:30:00%2B02:00', '2026-11-01T07:30:00.000Z', null],
    ['from=2026-11-01 09:30', '2026-11-01T09:30:00.000Z', null],
    ['from=2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z', null],
  ])('the window %s is read', (query, from, to) => {
    expect(read(query).window).toMatchObject({ from, to });
  });

  it.each([
    'from=2025-02-29',
    'from=2026-13-01',
    'from=20261101',
    'from=2026-11-01T25:00',
    'from=1600-01-01',
  ])('the window %s is refused', (query) => {
    expect(() => read(query)).toThrow(/^from takes a day/);
  });

  it.each([
    ['from=2026-02-30', /^from takes .*, not "2026-02-30": the last day of that month is 2026-02-28$/],
    ['to=2100-01-01', /^to takes .*, not "2100-01-01": the years are 1971 to 2099$/],
    ['to=soon', /^to takes .*, not "soon"$/],
  ])('the error for %s says what is wrong', (query, message) => {
    expect(() => read(query)).toThrow(ApiError);
    expect(() => read(query)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringMatching(message) as string }),
    );
  });

  it('the window has the form that a pipe takes', () => {
    expect(read('days=3&project=shop-1&to=2026-11-10').params).toEqual({
      days: 3,
      to: new Date('2026-11-10T00:00:00Z'),
      project: 'shop-1',
    });
  });
});
