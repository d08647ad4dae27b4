import { describe, expect, it } from 'vitest';
import * as durations from '../cli/render/durations.js';
import * as money from '../cli/render/money.js';
import * as numbers from '../cli/render/numbers.js';
import { compact, duration, percent, plain, plural, usd, usdColumn } from './format.js';

describe('a figure on the page', () => {
  const amounts = [null, 0, 0.00001, 0.0999, 0.1, 1, 12.345, 999.995, 1_234.5, 12_345_678.9, -0.05];
  const counts = [null, 0, 1, 999, 1_000, 12_449, 99_995, 999_949, 999_960, 3_100_000, 1.2e9, 5e12];
  const shares = [null, 0, 0.001, 0.5, 0.994, 0.996, 0.9999, 1, 12.5];
  const times = [null, 0, 3.4, 340, 999, 1_000, 59_949, 59_960, 250_000, 3_599_600, 7_500_000, 273_600_000];

  it('is written as in the terminal', () => {
    expect(amounts.map(usd)).toEqual(amounts.map(money.usd));
    expect(amounts.map(usdColumn(amounts))).toEqual(amounts.map(money.usdColumn(amounts)));
    expect(counts.map(compact)).toEqual(counts.map(numbers.compact));
    expect(shares.map(percent)).toEqual(shares.map(numbers.percent));
    expect(times.map(duration)).toEqual(times.map(durations.duration));
  });

  it('is one of one and several of several', () => {
    expect([plural(1, 'request'), plural(1_234, 'request'), plural(null, 'commit')]).toEqual([
      '1 request',
      '1,234 requests',
      'unknown commits',
    ]);
  });
});

it('a name that would turn the text around shows that', () => {
  expect(plain('safe\u202Egnp.exe\n')).toBe('safe\ufffdgnp.exe\ufffd');
});
