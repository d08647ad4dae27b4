import { describe, expect, it } from 'vitest';
import { clientCosts } from './client-costs.js';

/** A `cost-state` line of the captures of client 2.1.332 (session 0d4428c0), shortened. */
const captured = {
  type: 'cost-state',
  sessionId: '0d4428c0-abda-417a-a47d-ebab6b28f754',
  totalCostUSD: 0.019685,
  modelUsage: {
    'claude-opus-5-5': {
      inputTokens: 1894,
      outputTokens: 172,
      thinkingTokens: 0,
      cacheReadInputTokens: 14820,
      cacheCreationInputTokens: 1141,
      cacheCreationEphemeral5mInputTokens: 1141,
      cacheCreationEphemeral1hInputTokens: 0,
      webSearchRequests: 0,
      costUSD: 0.019685,
    },
  },
  hasUnknownModelCost: false,
};
const opus = captured.modelUsage['claude-opus-5-5'];
const withModel = (model: object) => ({ ...captured, modelUsage: { 'claude-opus-5-5': model } });
const read = (state: object) => clientCosts(JSON.stringify(state));

describe('clientCosts', () => {
  it("a captured line gives the client's total, its basis and its figures by model", () => {
    const { reported_models, ...rest } = read(captured);
    expect(rest).toEqual({ reported_cost_usd: 0.019685, reported_cost_basis: 'known' });
    expect(JSON.parse(reported_models)).toEqual({
      'claude-opus-5-5': {
        input: 1894,
        output: 172,
        write_5m: 1141,
        write_1h: 0,
        read: 14820,
        web_searches: 0,
        usd: 0.019685,
      },
    });
  });

  it.each([
    ['unknown', { ...captured, hasUnknownModelCost: true }],
    ['unknown', withModel({ ...opus, costBasis: 'unknown' })],
    ['list', withModel({ ...opus, costBasis: 'list' })],
    ['managed', withModel({ ...opus, costBasis: 'managed' })],
    ['', { ...captured, hasUnknownModelCost: undefined }],
  ])('the basis is "%s" if the client says so', (basis, state) => {
    expect(read(state).reported_cost_basis).toBe(basis);
  });

  it('without a cost-state line the client costs are unknown', () => {
    for (const none of ['', 'no json'])
      expect(clientCosts(none)).toEqual({
        reported_cost_usd: null,
        reported_cost_basis: '',
        reported_models: '{}',
      });
  });

  it('a model with incomplete figures or an invalid name is left out', () => {
    expect(read(withModel({ ...opus, costUSD: undefined })).reported_models).toBe('{}');
    expect(read(withModel({ ...opus, cacheCreationEphemeral5mInputTokens: undefined })).reported_models).toBe(
      '{}',
    );
    const { reported_models: models } = read({
      ...captured,
      modelUsage: { '/home/ann/secret model': opus, 'claude-opus-4-8[1m]': opus },
    });
    expect(models).not.toContain('ann');
    expect(Object.keys(JSON.parse(models) as object)).toContain('claude-opus-4-8');
  });
});
