/** What applies besides the price list on this machine: its settings, and what was learnt. */
import { statSync } from 'node:fs';
import * as z from 'zod/mini';
import type { Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';
import { textOrEmpty } from '../base/regular-file/open.js';
import { listOnly, type PriceTerms } from './pricing.js';

const rate = z.nullable(z.number().check(z.gte(0)));

/** A learnt price, and how many figures of the client it was solved from and confirmed by. */
const learntModel = z.object({
  rates: z.object({ input: rate, output: rate, write_5m: rate, write_1h: rate, read: rate }),
  from: z.int(),
  confirmed: z.int(),
  /** Longest prompt that the price holds for, tokens; null if there is no limit. */
  longest: z.nullable(z.int()),
  /** Day when it was learnt, UTC. */
  date: z.string(),
});
const learntFile = z.object({ models: z.record(z.string(), learntModel) });

export type LearntModel = z.infer<typeof learntModel>;

/** The learnt prices of this machine by model; none if there is no file or it is damaged. */
export function learntPrices(file: string): Record<string, LearntModel> {
  try {
    return learntFile.parse(JSON.parse(textOrEmpty(file))).models;
  } catch {
    return {};
  }
}

/** The terms of this machine. Their version is the time of their last change. */
export function priceTerms(
  { prices, model_aliases: aliases, file }: Pick<Config, 'prices' | 'model_aliases' | 'file'>,
  { learntPrices: learntAt }: Pick<HomePaths, 'learntPrices'>,
): PriceTerms {
  const learnt = Object.entries(learntPrices(learntAt)).map(
    ([model, { rates, longest }]) => [model, { ...rates, longest }] as const,
  );
  const version = Math.max(listOnly.version, changedAt(file), changedAt(learntAt));
  return { prices, aliases, learnt: Object.fromEntries(learnt), version };
}

function changedAt(file: string): number {
  return Math.round(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}
