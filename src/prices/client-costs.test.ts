import { describe, expect, it } from 'vitest';
import captured from '../../tests/fixtures/captures-2.1.332/client-costs.json' with { type: 'json' };
import { listPrices, priceRequest, rateNames } from '../signals/pricing.js';
import { solveRates, type Bill } from './solve.js';

/** The day of the captures. */
const AT = Date.parse('2026-11-29T12:00:00Z');
/** The session that ran in fast mode. */
const FAST = '1ca9c2b1-b510-4168-ade9-ec4354438b75';

type Used = (typeof captured)['requests'][number];

const priceOf = (used: Used, speed: string) =>
  priceRequest(
    used.model,
    {
      input: used.input,
      output: used.output,
      cacheRead: used.read,
      cacheCreation5m: used.write_5m,
      cacheCreation1h: used.write_1h,
      webSearches: used.searches,
      speed,
      serviceTier: 'standard',
      inferenceGeo: '',
    },
    AT,
  );

describe('the costs that Claude Code 2.1.332 reported', () => {
  it('each of 40 requests has the same cost by our list', () => {
    expect(captured.requests).toHaveLength(40);
    for (const used of captured.requests) expect(priceOf(used, 'normal')).toBeCloseTo(used.usd, 9);
  });

  it('each model of every session has the same cost by our list, fast mode included', () => {
    expect(new Set(captured.sessions.map(({ model }) => model))).toEqual(
      new Set(['claude-opus-5-5', 'claude-haiku-5-5', 'claude-sonnet-4-6', 'claude-haiku-4-5']),
    );
    for (const used of captured.sessions)
      expect(priceOf(used, used.session === FAST ? 'fast' : 'standard')).toBeCloseTo(used.usd, 9);
  });

  it.each(['claude-opus-5-5', 'claude-haiku-5-5'])(
    'the unit prices of %s that are solved from them are those of our list, part by part',
    (model) => {
      const bills: Bill[] = [...captured.requests, ...captured.sessions]
        .filter((used) => used.model === model && used.searches === 0)
        .filter((used) => !('session' in used) || used.session !== FAST)
        .map(({ input, output, write_5m, write_1h, read, usd }) => ({
          tokens: { input, output, write_5m, write_1h, read },
          usd,
          prompt: null,
        }));
      const rates = solveRates(bills)?.rates;
      const listed = listPrices.get(model)?.at(-1);
      expect(rates).toBeDefined();
      for (const name of rateNames) expect(rates?.[name], name).toBe(listed?.[name]);
    },
  );
});
