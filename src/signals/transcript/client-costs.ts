/**
 * The client's own costs of a session: its `cost-state` line (since client 2.1.332), which it writes when a session is
 * left. They include costs that no transcript line has (compaction, web searches, broken attempts), and those of the
 * sessions that were resumed or forked.
 */
import { asAmount, asCount, asObject, parseObject, type Json } from '../../base/json/json.js';
import { asName } from '../privacy/name.js';

/** What the client says about the prices of its total: `known` is either the price list or managed prices. */
export type CostBasis = 'list' | 'managed' | 'known' | 'unknown' | '';

/** The client's tokens and cost of one model. */
export interface ModelCosts {
  input: number;
  output: number;
  write_5m: number;
  write_1h: number;
  read: number;
  web_searches: number;
  /** USD. */
  usd: number;
}

/** The columns of a session's summary that hold the client's own costs. */
export function clientCosts(costState: string) {
  const state = costState === '' ? undefined : parseObject(costState);
  const models = state === undefined ? undefined : asObject(state.modelUsage);
  return {
    reported_cost_usd: asAmount(state?.totalCostUSD) ?? null,
    reported_cost_basis: state === undefined ? '' : basisOf(state, models),
    reported_models: models === undefined ? '{}' : JSON.stringify(modelsOf(models)),
  };
}

function basisOf(state: Json, models: Json | undefined): CostBasis {
  if (state.hasUnknownModelCost === true) return 'unknown';
  const said = Object.values(models ?? {}).map((model) => asObject(model)?.costBasis);
  if (said.includes('unknown')) return 'unknown';
  if (said.some((basis) => basis !== undefined && basis !== 'list')) return 'managed';
  if (said.length > 0 && said.every((basis) => basis === 'list')) return 'list';
  return state.hasUnknownModelCost === false ? 'known' : '';
}

/** By model; those whose figures are incomplete are left out. */
function modelsOf(models: Json): Record<string, ModelCosts> {
  const found: [string, ModelCosts][] = [];
  for (const [name, value] of Object.entries(models)) {
    const model = asObject(value);
    const usd = asAmount(model?.costUSD);
    const [input, output, read, written] = [
      asCount(model?.inputTokens),
      asCount(model?.outputTokens),
      asCount(model?.cacheReadInputTokens),
      asCount(model?.cacheCreationInputTokens),
    ];
    if (usd === undefined || input === undefined || output === undefined || read === undefined) continue;
    const write_1h = asCount(model?.cacheCreationEphemeral1hInputTokens) ?? 0;
    const write_5m = (written ?? 0) - write_1h;
    const isSplit = model?.cacheCreationEphemeral5mInputTokens !== undefined || written === 0;
    if (!isSplit || write_5m < 0) continue;
    const web_searches = asCount(model?.webSearchRequests) ?? 0;
    found.push([
      asName(name.replace(/\[[^[\]]*\]$/, '')),
      { input, output, write_5m, write_1h, read, web_searches, usd },
    ]);
  }
  return Object.fromEntries(found);
}
