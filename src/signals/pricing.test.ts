import { describe, expect, it } from 'vitest';
import prices from './prices.json' with { type: 'json' };
import {
  listOnly,
  listPrices,
  priceId,
  priceRequest,
  priceSource,
  rateNames,
  type PriceTerms,
  type Usage,
} from './pricing.js';

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
    expect(priceRequest('claude-sonnet-5', { ...everyKind, speed: 'fast' }, AT)).toBeNull();
    // fable-5-2: (1000×8 + 100×40 + 10000×0.2 + 400×10 + 200×16) × 2 = 42400 USD per million
    for (const model of ['claude-fable-5-2', 'claude-mythos-5-2'])
      expect(priceRequest(model, { ...everyKind, speed: 'fast' }, AT)).toBeCloseTo(0.0424, 12);
  });

  it('fast mode of Opus 4.6 and 4.7 cost six times as much; Opus 4.6 runs at standard speed since June 2026', () => {
    const fast = usage({ input: 1_000_000, speed: 'fast' });
    expect(priceRequest('claude-opus-4-7', fast, AT)).toBe(30);
    expect(priceRequest('claude-opus-4-6', fast, Date.parse('2026-05-31T23:59:59Z'))).toBe(30);
    expect(priceRequest('claude-opus-4-6', fast, Date.parse('2026-06-01T00:00:00Z'))).toBe(5);
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

  it('a request of the priority or the default tier has the list price', () => {
    for (const serviceTier of ['priority', 'default', 'standard'])
      expect(priceRequest('claude-opus-5', usage({ input: 1_000_000, serviceTier }), AT)).toBe(5);
  });

  it('an unknown speed, place or tier has no price', () => {
    for (const odd of [{ speed: 'turbo' }, { inferenceGeo: 'eu' }, { serviceTier: 'flex' }]) {
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

/** USD per million tokens of input, by every spelling of a model. Case 17. */
const spellings: [model: string, usd: number | null][] = [
  // Bedrock: ids of models since 4.5 cost a tenth more, except those of the global endpoint.
  ['us.anthropic.claude-opus-4-6-v1:0', 5.5],
  ['eu.anthropic.claude-opus-4-6-v1', 5.5],
  ['apac.anthropic.claude-sonnet-4-6', 3.3],
  ['jp.anthropic.claude-haiku-4-5-20251001-v1:0', 1.1],
  ['au.anthropic.claude-opus-4-5-20251101-v1:0', 5.5],
  // AWS GovCloud has prices of its own: 3.60 for Sonnet 4.5, and no known ones for other models.
  ['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', 3.6],
  ['bedrock/us-gov-west-1/anthropic.claude-sonnet-4-5-20250929-v1:0', 3.6],
  ['us-gov.anthropic.claude-opus-4-8', null],
  ['anthropic.claude-opus-4-6-v1', 5.5],
  ['bedrock/us-east-1/anthropic.claude-opus-4-6-v1:0', 5.5],
  ['us.anthropic.claude-opus-4-6-v1[1m]', 5.5],
  ['global.anthropic.claude-opus-4-6-v1:0', 5],
  ['arn:aws:bedrock:us-east-1::inference-profile/global.anthropic.claude-sonnet-4-6', 3],
  ['apac.anthropic.claude-sonnet-4-20250514-v1:0', 3],
  ['us.anthropic.claude-opus-4-1-20250805-v1:0', 15],
  ['anthropic.claude-3-haiku-20240307-v1:0', 0.25],
  // Vertex
  ['claude-opus-4-5@20251101', 5],
  ['claude-opus-4-8@default', 5],
  ['vertex_ai/claude-sonnet-4-6@default', 3],
  ['locations/europe-west1/models/claude-opus-4-8', 5.5],
  ['locations/global/models/claude-opus-4-8', 5],
  // OpenRouter
  ['anthropic/claude-opus-4.6', 5],
  ['openrouter/anthropic/claude-sonnet-4.6', 3],
  ['anthropic/claude-sonnet-4.6:beta', 3],
  ['anthropic/claude-4.6-opus-20260205', 5],
  ['anthropic/claude-4-opus-20250522', 15],
  ['anthropic/claude-4.8-opus-fast', 10],
  ['anthropic/claude-3.7-sonnet:thinking', 3],
  ['anthropic/claude-3.5-haiku', 0.8],
  // aliases and dates
  ['claude-opus-4-0', 15],
  ['claude-3-7-sonnet-20250219', 3],
  ['claude-3-7-sonnet-latest', 3],
  ['claude-3-5-sonnet-20241022', 3],
  ['claude-3-opus-20240229', 15],
  ['claude-3-haiku-20240307', 0.25],
  ['claude-haiku-3-5', 0.8],
  ['claude-opus-4-8[1m]', 5],
  ['claude-opus-4-6-20260205', 5],
  ['claude-sonnet-5-5-20260928', 2],
  // fast variants
  ['claude-opus-4-6-fast', 30],
  ['anthropic/claude-opus-4.6-fast', 30],
  ['claude-opus-4-8-fast', 10],
  ['claude-sonnet-4-6-fast', null],
  // models without a price in the list
  ['glm-4.7', null],
  ['gpt-5.6-sol', null],
  ['databricks-claude-sonnet-4-5', null],
  ['claude-opus-4-8-thinking', null],
  ['claude-opus-4-8:beta', null],
];

describe('the spellings of clouds and gateways', () => {
  it.each(spellings)('a million tokens of input of %s cost %s USD', (model, usd) => {
    // A tenth of a million: no band for long prompts begins below.
    const cost = priceRequest(model, usage({ input: 100_000 }), AT);
    if (usd === null) expect(cost).toBeNull();
    else expect(cost).toBeCloseTo(usd / 10, 9);
  });

  it('the band for long prompts applies to any spelling', () => {
    const long = usage({ input: 1_000_000 });
    expect(priceRequest('claude-sonnet-4-0', long, AT)).toBe(6);
    expect(priceRequest('openrouter/anthropic/claude-sonnet-4.5', long, AT)).toBe(6);
    // 0.5 × 1.1
    expect(priceRequest('us.anthropic.claude-haiku-5-5', long, AT)).toBeCloseTo(0.55, 12);
  });

  it('a regional endpoint in the US costs the tenth once', () => {
    const inUs = usage({ input: 1_000_000, inferenceGeo: 'us' });
    expect(priceRequest('us.anthropic.claude-opus-4-6-v1:0', inUs, AT)).toBeCloseTo(5.5, 12);
  });
});

describe('the price list', () => {
  it('every price has a known source and the day of the comparison', () => {
    const sources = new Set(Object.keys(prices.sources));
    const entries = [...listPrices.values()].flat();
    expect(entries).toHaveLength(30);
    for (const { source, date } of [...entries, prices.web_search]) {
      expect(sources).toContain(source);
      expect(date).toMatch(/^2026-\d\d-\d\d$/);
      expect(date <= prices.date).toBe(true);
    }
  });

  it('every price has all five parts, and writes cost 1.2 to 1.25 and 2 times the input', () => {
    for (const price of [...listPrices.values()].flat())
      for (const rates of price.above === undefined ? [price] : [price, price.above]) {
        for (const name of rateNames) expect(rates[name]).toBeGreaterThan(0);
        const [input, short, long] = [rates.input ?? NaN, rates.write_5m ?? NaN, rates.write_1h ?? NaN];
        expect(short / input).toBeGreaterThanOrEqual(1.2);
        expect(short / input).toBeLessThanOrEqual(1.25);
        expect(long / input).toBeCloseTo(2, 12);
      }
  });

  it('every alias names a model with a price', () => {
    for (const model of Object.values(prices.aliases)) expect(listPrices.has(model)).toBe(true);
  });
});

describe('prices of the settings and learnt prices', () => {
  const mine = { input: 1, output: 2, write_5m: 3, write_1h: 4, read: 0.5 };
  const learnt = { input: 7, output: 35, write_5m: 8.75, write_1h: null, read: 0.7, longest: 2_000_000 };
  const terms = (some: Partial<PriceTerms>): PriceTerms => ({ ...listOnly, ...some });
  const million = usage({ input: 1_000_000 });

  it('a price of the settings comes before that of the list, for every spelling of the model', () => {
    const own = terms({ prices: { 'claude-opus-4-8': mine } });
    // 1000×1 + 100×2 + 10000×0.5 + 400×3 + 200×4 = 8200 USD per million
    expect(priceRequest('claude-opus-4-8', everyKind, AT, own)).toBeCloseTo(0.0082, 12);
    expect(priceRequest('claude-opus-4-8@default', million, AT, own)).toBe(1);
    expect(priceRequest('us.anthropic.claude-opus-4-8', million, AT, own)).toBeCloseTo(1.1, 12);
    expect(priceRequest('claude-opus-4-8', { ...million, speed: 'fast' }, AT, own)).toBe(2);
    expect(priceSource('claude-opus-4-8', AT, own)).toBe('settings');
    expect(priceSource('claude-opus-5', AT, own)).toBe('list');
  });

  it('a price for one exact name has no regional factor', () => {
    const own = terms({ prices: { 'us.anthropic.claude-opus-4-8': mine } });
    expect(priceRequest('us.anthropic.claude-opus-4-8', million, AT, own)).toBe(1);
    expect(priceRequest('claude-opus-4-8', million, AT, own)).toBe(5);
  });

  it('a new model of the settings has a price, but none for fast mode or inference in the US', () => {
    const own = terms({ prices: { 'glm-4.7': mine } });
    expect(priceRequest('glm-4.7', million, AT, own)).toBe(1);
    expect(priceRequest('glm-4.7', { ...million, speed: 'fast' }, AT, own)).toBeNull();
    expect(priceRequest('glm-4.7', { ...million, inferenceGeo: 'us' }, AT, own)).toBeNull();
  });

  it('an alias gives a name of a gateway the price of a known model', () => {
    const own = terms({ aliases: { 'corp-large': 'claude-opus-4-8', 'corp-new': 'glm-4.7' } });
    expect(priceRequest('corp-large', million, AT, own)).toBe(5);
    expect(priceRequest('corp-new', million, AT, own)).toBeNull();
    expect(priceSource('corp-large', AT, own)).toBe('list');
    expect(priceSource('corp-new', AT, own)).toBe('');
  });

  it('a learnt price comes last, and what was not learnt has no price', () => {
    const own = terms({ learnt: { 'claude-nova-9': learnt, 'claude-opus-5': learnt } });
    expect(priceRequest('claude-nova-9', million, AT, own)).toBe(7);
    expect(priceSource('claude-nova-9', AT, own)).toBe('learnt');
    expect(priceRequest('claude-nova-9', usage({ input: 1, cacheCreation1h: 1 }), AT, own)).toBeNull();
    expect(priceRequest('claude-nova-9', { ...million, speed: 'fast' }, AT, own)).toBeNull();
    expect(priceRequest('claude-nova-9', usage({ input: 2_000_001 }), AT, own)).toBeNull();
    expect(priceRequest('claude-opus-5', million, AT, own)).toBe(5);
    const mineToo = terms({ prices: { 'claude-nova-9': mine }, learnt: { 'claude-nova-9': learnt } });
    expect(priceRequest('claude-nova-9', million, AT, mineToo)).toBe(1);
  });
});

describe('priceId', () => {
  it.each([
    ['claude-opus-4-8[1m]', 'claude-opus-4-8'],
    ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['anthropic.claude-opus-4-1-20250805-v1:0', 'claude-opus-4-1'],
    ['claude-sonnet-4@20250514', 'claude-sonnet-4'],
    ['claude-sonnet-4-0', 'claude-sonnet-4'],
    ['anthropic/claude-opus-4.6', 'claude-opus-4-6'],
    ['bedrock/eu.anthropic.claude-opus-5', 'claude-opus-5'],
    ['claude-opus-4-8', 'claude-opus-4-8'],
  ])('the price id of %s is %s', (model, id) => {
    expect(priceId(model)).toBe(id);
  });
});
