/** The terms of this machine, for the commands about prices. */
import { writeDurably } from '../base/files.js';
import type { Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';
import { learntPrices, priceTerms, type LearntModel } from '../signals/price-terms.js';
import type { PriceTerms } from '../signals/pricing.js';

/** The terms, and how the learnt prices were learnt. */
export function termsAndLearnt(
  config: Config,
  paths: HomePaths,
): { terms: PriceTerms; learnt: Record<string, LearntModel> } {
  return { terms: priceTerms(config, paths), learnt: learntPrices(paths.learntPrices) };
}

/** Keeps learnt prices for capture, with those of before. */
export async function keepLearnt(paths: HomePaths, again: Record<string, LearntModel>): Promise<void> {
  const models = { ...learntPrices(paths.learntPrices), ...again };
  await writeDurably(paths.learntPrices, `${JSON.stringify({ models }, null, 2)}\n`);
}

/** The terms with other learnt prices: those that were learnt before stay, unless they were learnt again. */
export function withLearnt(terms: PriceTerms, models: Record<string, LearntModel>): PriceTerms {
  const learnt = Object.entries(models).map(
    ([model, { rates, longest }]) => [model, { ...rates, longest }] as const,
  );
  return { ...terms, learnt: { ...terms.learnt, ...Object.fromEntries(learnt) } };
}
