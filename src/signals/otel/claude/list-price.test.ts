import { describe, expect, it } from 'vitest';
import { listPrice } from './list-price.js';

const NOVEMBER = Date.parse('2026-11-20T10:00:00Z');
/** 1,000 tokens in, 100 out, 2,000 written to the cache. claude-opus-5-5 costs 4, 20, and 5 or 8 USD per million. */
const usage = {
  input: 1_000,
  output: 100,
  cacheRead: 0,
  cacheCreation5m: 2_000,
  cacheCreation1h: 0,
  webSearches: 0,
  speed: 'standard',
  serviceTier: '',
  inferenceGeo: '',
};
const ALL_5M = 0.004 + 0.002 + 0.01;
const ALL_1H = 0.004 + 0.002 + 0.016;

function priceOf(
  reported: number | null,
  hints: { model?: string; written1h?: number; mayHaveSearched?: boolean } = {},
): number | null {
  const { model = 'claude-opus-5-5', written1h = null, mayHaveSearched = false } = hints;
  return listPrice(model, usage, { reported, written1h, mayHaveSearched }, NOVEMBER);
}

describe('the list price of a request that OpenTelemetry reported', () => {
  it('the list price of an unknown model is unknown, whatever the client reports', () => {
    expect(priceOf(0.1, { model: 'glm-4.7' })).toBeNull();
    expect(priceOf(null, { model: 'claude-nova-9' })).toBeNull();
    expect(priceOf(0, { model: 'claude-nova-9', written1h: 0 })).toBeNull();
  });

  it('the reported cost is the list price if it reveals the lifetime of cache writes', () => {
    for (const reported of [ALL_5M, 0.019, ALL_1H]) expect(priceOf(reported)).toBe(reported);
  });

  it('the lowest possible list price is taken if the reported cost matches none', () => {
    for (const reported of [0, 0.015, 0.0245, 0.1, 3])
      expect(priceOf(reported), String(reported)).toBe(ALL_5M);
    expect(priceOf(null)).toBe(ALL_5M);
  });

  it('reported lifetimes of cache writes determine the list price', () => {
    // 500 for an hour: 1,500 × 5 + 500 × 8 per million.
    const exact = 0.006 + 0.0075 + 0.004;
    expect(priceOf(null, { written1h: 500 })).toBe(exact);
    expect(priceOf(exact, { written1h: 500 })).toBe(exact);
    expect(priceOf(ALL_1H, { written1h: 500 })).toBe(exact);
  });

  it('a reported cost of 1.1 times the list price means inference kept in the US', () => {
    expect(priceOf(0.0176, { written1h: 0 })).toBe(0.0176);
    expect(priceOf(0.0177, { written1h: 0 })).toBe(ALL_5M);
  });

  it('the fee of web searches is recognised in requests that may run some', () => {
    expect(priceOf(ALL_5M + 0.03, { written1h: 0, mayHaveSearched: true })).toBeCloseTo(0.046, 12);
    expect(priceOf(ALL_5M + 0.03, { written1h: 0 })).toBe(ALL_5M);
    expect(priceOf(ALL_5M + 0.025, { written1h: 0, mayHaveSearched: true })).toBe(ALL_5M);
  });
});
