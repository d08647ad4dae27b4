/** Computes the true tokens and cost of requests to the scripted API. */
import type { AnsweredRequest } from './scripted-api.js';

/** Tokens of one model, summed over requests. `requests` counts the billed ones. */
export interface ModelTotals {
  requests: number;
  input: number;
  output: number;
  cache_write_5m: number;
  cache_write_1h: number;
  cache_read: number;
}

/**
 * List prices in USD per million tokens, written by hand, so that the product's own table is not used to check itself.
 */
const PRICES: Record<string, Record<Exclude<keyof ModelTotals, 'requests'>, number>> = {
  'claude-opus-4-8': { input: 5, output: 25, cache_write_5m: 6.25, cache_write_1h: 10, cache_read: 0.5 },
  'claude-haiku-4-5': { input: 1, output: 5, cache_write_5m: 1.25, cache_write_1h: 2, cache_read: 0.1 },
};

/** A model's name without the context-window mark and the date: `claude-opus-4-8[1m]`, `claude-haiku-4-5-20251001`. */
export function bareModel(model: string): string {
  return model.replace(/\[1m\]$/, '').replace(/-\d{8}$/, '');
}

/**
 * The true usage of the given requests per model (bare name). Answers without usage, such as a 529, are not counted.
 */
export function trueTotals(requests: readonly AnsweredRequest[]): Record<string, ModelTotals> {
  const totals: Record<string, ModelTotals> = {};
  for (const { model, usage } of requests) {
    if (usage === null) continue;
    const sum = (totals[bareModel(model)] ??= {
      requests: 0,
      input: 0,
      output: 0,
      cache_write_5m: 0,
      cache_write_1h: 0,
      cache_read: 0,
    });
    sum.requests += 1;
    sum.input += usage.input_tokens;
    sum.output += usage.output_tokens;
    sum.cache_write_5m += usage.cache_creation.ephemeral_5m_input_tokens;
    sum.cache_write_1h += usage.cache_creation.ephemeral_1h_input_tokens;
    sum.cache_read += usage.cache_read_input_tokens;
  }
  return totals;
}

/** The list price of the given requests in USD. Throws for a model without a price, because a test must not guess. */
export function trueCost(requests: readonly AnsweredRequest[]): number {
  return Object.entries(trueTotals(requests)).reduce((sum, [model, tokens]) => {
    const price = PRICES[model];
    if (price === undefined) throw new Error(`tests/helpers/truth.ts has no price for ${model}`);
    const microdollars =
      tokens.input * price.input +
      tokens.output * price.output +
      tokens.cache_write_5m * price.cache_write_5m +
      tokens.cache_write_1h * price.cache_write_1h +
      tokens.cache_read * price.cache_read;
    return sum + microdollars / 1e6;
  }, 0);
}
