/** Learns the prices of new models while sessions are recorded, and gives them to the requests that are stored already. */
import { textOrEmpty } from '../base/regular-file/open.js';
import { writeDurably } from '../base/files.js';
import type { HomePaths } from '../base/home.js';
import { isMaybeUnpriced, learnPrices } from '../prices/learn.js';
import { repriceRequests, repriceSummaries } from '../prices/reprice.js';
import { keepLearnt, withLearnt } from '../prices/terms.js';
import { priceSource, type PriceTerms } from '../signals/pricing.js';
import type { Spool } from '../spool/spool.js';
import type { TinybirdClient } from '../store/client-types.js';

/** What was in the store when prices were last looked for: requests without a price, and totals of the client. */
const counts = `
SELECT
  groupUniqArrayIf(toString(model), cost_usd IS NULL AND is_refused = 0 AND model != '') AS models,
  countIf(cost_usd IS NULL AND is_refused = 0) AS unpriced,
  (SELECT count() FROM session_summaries WHERE reported_cost_basis IN ('list', 'known')) AS totals
FROM api_requests
WHERE ${isMaybeUnpriced}
FORMAT JSON`;

/**
 * Learns prices, and puts the stored requests of models that have one by now into the spool again. Does nothing if no
 * request lacks a price, or nothing came since the last time. If it is stopped midway, the next drain repeats it, and
 * what is done already stays.
 *
 * @param deliver sends what is in the spool
 */
export async function learnNewPrices(
  paths: HomePaths,
  store: Pick<TinybirdClient, 'sql'>,
  terms: PriceTerms,
  spool: Spool,
  deliver: () => Promise<void>,
): Promise<void> {
  const [found] = await store.sql(counts);
  const models = Array.isArray(found?.models) ? found.models.map(String) : [];
  const seen = JSON.stringify(found);
  if (models.length === 0 || textOrEmpty(paths.pricesSeen) === seen) return;
  const now = new Date();
  const learnt = Object.fromEntries(
    Object.entries(await learnPrices(store, terms, now)).filter(([model]) => models.includes(model)),
  );
  if (Object.keys(learnt).length > 0) await keepLearnt(paths, learnt);
  const all = withLearnt(terms, learnt);
  const priced = models.filter((model) => priceSource(model, now.getTime(), all) !== '');
  if (priced.length > 0) {
    const { rows } = await repriceRequests(store, all, spool, now.getTime(), priced);
    if (rows > 0) {
      await deliver();
      if ((await repriceSummaries(store, spool)) > 0) await deliver();
    }
  }
  await writeDurably(paths.pricesSeen, seen);
}
