import { describe, expect, it } from 'vitest';
import { priceId, priceRequest, type Usage } from './pricing.js';

const AT = Date.parse('2026-11-20T10:00:00Z');

const usage = (some: Partial<Usage>): Usage => ({
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheCreation5m: 0,
  cacheCreation1h: 0,
  webSearches: 0,
  speed: 'standard',
  serviceTier: 'standard',
  inferenceGeo: '',
  ...some,
});

const everyKind = usage({
  input: 1_000,
  output: 100,
  cacheRead: 10_000,
  cacheCreation5m: 400,
  cacheCreation1h: 200,
});

describe('priceRequest', () => {
  it('each kind of token is priced at its own rate', () => {
    // opus-4-8: 1000×5 + 100×25 + 10000×0.5 + 400×6.25 + 200×10 = 17000 USD per million
    expect(priceRequest('claude-opus-4-8', everyKind, AT)).toBeCloseTo(0.017, 12);
  });

  it('a cache read has its own price, not always a tenth of input', () => {
    // opus-5-5 reads at 0.20, a twentieth of 4
    expect(priceRequest('claude-opus-5-5', usage({ cacheRead: 1_000_000 }), AT)).toBeCloseTo(0.2, 12);
  });

  it('a one-hour cache write costs twice the input price', () => {
    expect(priceRequest('claude-haiku-4-5', usage({ cacheCreation1h: 1_000_000 }), AT)).toBeCloseTo(2, 12);
  });

  it('versions of one model family have their own prices', () => {
    const input = usage({ input: 1_000_000 });
    expect(priceRequest('claude-opus-4', input, AT)).toBe(15);
    expect(priceRequest('claude-opus-4-8', input, AT)).toBe(5);
    expect(priceRequest('claude-fable-5', usage({ cacheRead: 1_000_000 }), AT)).toBe(1);
    expect(priceRequest('claude-fable-5-1', usage({ cacheRead: 1_000_000 }), AT)).toBe(0.25);
  });

  it('fast mode doubles the price if the model has it', () => {
    expect(priceRequest('claude-opus-4-8', { ...everyKind, speed: 'fast' }, AT)).toBeCloseTo(0.034, 12);
    expect(priceRequest('claude-opus-4-6', { ...everyKind, speed: 'fast' }, AT)).toBeCloseTo(0.017, 12);
    expect(priceRequest('claude-opus-4-7', { ...everyKind, speed: 'fast' }, AT)).toBeNull();
  });

  it('inference kept in the US costs a tenth more, on top of fast mode', () => {
    expect(
      priceRequest('claude-opus-5', usage({ input: 1_000_000, inferenceGeo: 'us', speed: 'fast' }), AT),
    ).toBeCloseTo(11, 12);
    expect(priceRequest('claude-opus-5', usage({ input: 1_000_000, inferenceGeo: 'global' }), AT)).toBe(5);
  });

  it('the whole request is priced in the band of its own prompt', () => {
    const short = usage({ input: 40_000, cacheRead: 60_000, output: 1_000 });
    const long = usage({ input: 40_001, cacheRead: 60_000, output: 1_000 });
    // 40000×0.1 + 60000×0.01 + 1000×0.5 = 5100; 40001×0.5 + 60000×0.05 + 1000×2.5 = 25500.5
    expect(priceRequest('claude-haiku-5-5', short, AT)).toBeCloseTo(0.0051, 12);
    expect(priceRequest('claude-haiku-5-5', long, AT)).toBeCloseTo(0.0255005, 12);
  });

  it('the price of the day applies', () => {
    const read = usage({ cacheRead: 1_000_000 });
    expect(priceRequest('claude-sonnet-5-5', read, Date.parse('2026-10-06T23:59:59Z'))).toBe(0.2);
    expect(priceRequest('claude-sonnet-5-5', read, Date.parse('2026-10-07T00:00:00Z'))).toBe(0.1);
  });

  it('a batch costs half, and web searches are added', () => {
    expect(priceRequest('claude-sonnet-5', usage({ input: 1_000_000, serviceTier: 'batch' }), AT)).toBe(1);
    expect(priceRequest('claude-sonnet-5', usage({ webSearches: 3 }), AT)).toBeCloseTo(0.03, 12);
  });

  it('an unknown speed, place or tier has no price', () => {
    for (const odd of [{ speed: 'turbo' }, { inferenceGeo: 'eu' }, { serviceTier: 'priority' }]) {
      expect(priceRequest('claude-opus-5', usage({ input: 1_000_000, ...odd }), AT)).toBeNull();
    }
    expect(
      priceRequest('claude-opus-5', usage({ input: 1_000_000, inferenceGeo: 'not_available' }), AT),
    ).toBe(5);
  });

  it('an unknown model has no price', () => {
    expect(priceRequest('claude-opus-9', everyKind, AT)).toBeNull();
    expect(priceRequest('claude-opus-4-8-turbo', everyKind, AT)).toBeNull();
    expect(priceRequest('', everyKind, AT)).toBeNull();
    expect(priceRequest('constructor', everyKind, AT)).toBeNull();
  });
});

describe('priceId', () => {
  it.each([
    ['claude-opus-4-8[1m]', 'claude-opus-4-8'],
    ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['anthropic.claude-opus-4-1-20250805-v1:0', 'claude-opus-4-1'],
    ['claude-sonnet-4@20250514', 'claude-sonnet-4'],
    ['bedrock/eu.anthropic.claude-opus-5', 'claude-opus-5'],
    ['claude-opus-4-8', 'claude-opus-4-8'],
  ])('the price id of %s is %s', (model, id) => {
    expect(priceId(model)).toBe(id);
  });
});
