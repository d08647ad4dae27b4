/**
 * Computes the prices of stored requests again, after a change of prices.
 *
 * Every sighting of a request whose price changes is stored again with the new price and a higher version, and the
 * newest version counts. So it may be stopped and repeated at any time: what is done already has its price.
 */
import * as z from 'zod/mini';
import { isOwnWeek } from '../datasources/requests.js';
import { costOfRequest, orderOfPrice, price, priceSourceOfRequest } from '../datasources/price.js';
import type { PriceTerms } from '../signals/pricing.js';
import { redacted } from '../signals/privacy/redacted-row.js';
import type { Spool, SpooledRow } from '../spool/spool.js';
import type { TinybirdClient } from '../store/client-types.js';
import { isSamePrice, priceNow, storedSighting, type Price, type StoredSighting } from './stored-price.js';

/** What a pass over the stored requests found. */
export interface Repriced {
  /** Requests that were looked at. */
  requests: number;
  /** Of these, with another price than before. */
  changed: number;
  /** Of these, without a price before. */
  gained: number;
  /** Of these, without a price now. */
  lost: number;
  /** Sum of the changed requests, before and after, USD. */
  before: number;
  after: number;
  /** Rows that were stored again; in a dry run, that would be. */
  rows: number;
  /** Sessions of these requests. */
  sessions: Set<string>;
}

type Store = Pick<TinybirdClient, 'sql'>;

/** Approximate number of requests per query: the size of an answer is limited. */
const REQUESTS_AT_ONCE = 10_000;
/** Number of requests per write. */
const KEYS_AT_ONCE = 500;
/** Time limit of a query over all requests, milliseconds. */
const timeoutMs = 60_000;

const winner = z.object({
  request_key: z.string(),
  usd: z.nullable(z.number()),
  source: z.string(),
  version: z.number(),
});
const oneCount = z.object({ count: z.int() });
const storedRow = z.looseObject({ event_id: z.string(), request_key: z.string() });

/** The prices of all sightings of a request, and of the request itself. */
interface Change {
  version: number;
  prices: Map<string, Price>;
}

/**
 * Computes the price of every stored request again, and puts the rows that change into the spool.
 *
 * @param spool null for a dry run
 * @param models only requests that were reported with one of these; default: all
 * @throws {StoreError}
 */
export async function repriceRequests(
  store: Store,
  terms: PriceTerms,
  spool: Spool | null,
  now: number,
  models?: readonly string[],
): Promise<Repriced> {
  const done: Repriced = {
    requests: 0,
    changed: 0,
    gained: 0,
    lost: 0,
    before: 0,
    after: 0,
    rows: 0,
    sessions: new Set(),
  };
  const searched = await searchingRequests(store);
  const isAsked =
    models === undefined
      ? '1 = 1'
      : `request_key IN (SELECT request_key FROM api_requests WHERE model IN (${models.map(quoted).join(', ')}))`;
  const [all] = z
    .array(oneCount)
    .parse(await ask(store, `SELECT count() AS count FROM requests FINAL WHERE ${isAsked} AND ${isOwnWeek}`));
  const parts = Math.max(1, Math.ceil((all?.count ?? 0) / REQUESTS_AT_ONCE));
  for (let part = 0; part < parts; part += 1) {
    const isPart = `cityHash64(request_key) % ${parts} = ${part} AND ${isAsked}`;
    const [sightings, winners] = await Promise.all([
      ask(store, sightingsWhere(isPart)).then((rows) => z.array(storedSighting).parse(rows)),
      ask(store, winnersWhere(isPart)).then((rows) => z.array(winner).parse(rows)),
    ]);
    const stored = new Map(winners.map((one) => [one.request_key, one]));
    const changes = new Map<string, Change>();
    for (const [key, rows] of byKey(sightings)) {
      const before = stored.get(key);
      if (before === undefined) continue;
      done.requests += 1;
      const prices = rows.map((row) => priceNow(row, terms, searched.has(row.request_id)));
      const best = bestPrice(rows, prices);
      const isCounted = isSamePrice(before, best);
      const isStored = rows.every((row, at) => {
        const own = prices[at];
        return own !== undefined && isSamePrice({ usd: row.cost_usd, source: row.price_source }, own);
      });
      if (isCounted && isStored) continue;
      const newest = Math.max(before.version, ...rows.map(({ price_version: version }) => version));
      changes.set(key, {
        version: Math.max(now, newest + 1),
        prices: new Map(rows.map((row, at) => [row.event_id, prices[at] ?? best])),
      });
      done.rows += rows.length;
      for (const { session_id: session } of rows) done.sessions.add(session);
      if (isCounted) continue;
      done.changed += 1;
      if (before.usd === null) done.gained += 1;
      if (best.usd === null) done.lost += 1;
      done.before += before.usd ?? 0;
      done.after += best.usd ?? 0;
    }
    if (spool !== null) await writeChanges(store, spool, changes);
  }
  return done;
}

/** The price of the sighting that counts, by its order in the store; of equal ones the greatest that is known. */
function bestPrice(rows: readonly StoredSighting[], prices: readonly Price[]): Price {
  const known = ({ usd }: Price) => usd ?? -1;
  const [best] = rows
    .flatMap(({ price_order: order }, at) => prices.slice(at, at + 1).map((price) => ({ order, price })))
    .sort((a, b) => (a.order === b.order ? known(b.price) - known(a.price) : a.order < b.order ? 1 : -1));
  return best?.price ?? { usd: null, source: '' };
}

function byKey(sightings: readonly StoredSighting[]): Map<string, StoredSighting[]> {
  const groups = new Map<string, StoredSighting[]>();
  for (const row of sightings) {
    const group = groups.get(row.request_key);
    if (group === undefined) groups.set(row.request_key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Reads the rows whole and stores them again, with their new prices. */
async function writeChanges(store: Store, spool: Spool, changes: ReadonlyMap<string, Change>): Promise<void> {
  const keys = [...changes.keys()];
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    const some = keys.slice(from, from + KEYS_AT_ONCE).map(quoted);
    const rows = z
      .array(storedRow)
      .parse(await ask(store, `SELECT * FROM api_requests FINAL WHERE request_key IN (${some.join(', ')})`));
    const again: SpooledRow[] = [];
    for (const row of rows) {
      const change = changes.get(row.request_key);
      const priced = change?.prices.get(row.event_id);
      // A row that came in the meantime has its price already.
      if (change === undefined || priced === undefined) continue;
      again.push({
        table: 'api_requests',
        row: { ...row, cost_usd: priced.usd, price_source: priced.source, price_version: change.version },
      });
    }
    await spool.append(again.map((row) => redacted(row)));
  }
}

const sightingsWhere = (condition: string) => `
SELECT
  event_id,
  request_key,
  request_id,
  source,
  toUnixTimestamp64Milli(timestamp) AS at,
  model,
  is_refused,
  toString(${orderOfPrice}) AS price_order,
  session_id,
  input_tokens,
  output_tokens,
  cache_read_tokens,
  cache_creation_tokens,
  cache_creation_5m_tokens,
  cache_creation_1h_tokens,
  web_search_requests,
  speed,
  service_tier,
  inference_geo,
  cost_usd,
  reported_cost_usd,
  price_source,
  price_version
FROM api_requests FINAL
WHERE ${condition}`;

const winnersWhere = (condition: string) => `
SELECT
  request_key,
  ${costOfRequest} AS usd,
  ${priceSourceOfRequest} AS source,
  ${price('version')} AS version
FROM requests FINAL
WHERE ${condition}
  AND ${isOwnWeek}`;

/** Requests that OpenTelemetry reported as web searches: their number is not reported. */
async function searchingRequests(store: Store): Promise<ReadonlySet<string>> {
  const rows = await ask(
    store,
    "SELECT DISTINCT LogAttributes['request_id'] AS id FROM otel_logs WHERE LogAttributes['query_source'] = 'web_search_tool'",
  );
  return new Set(
    z
      .array(z.object({ id: z.string() }))
      .parse(rows)
      .map(({ id }) => id),
  );
}

const summary = z.looseObject({
  session_id: z.string(),
  new_cost: z.nullable(z.number()),
  new_unpriced: z.int(),
  version: z.number(),
});

/**
 * Puts into the spool the summaries of sessions whose cost is not that of their requests any more. Only of sessions
 * whose requests are all known.
 *
 * @param spool null for a dry run
 * @returns how many there are
 */
export async function repriceSummaries(store: Store, spool: Spool | null): Promise<number> {
  const rows = z.array(summary).parse(await ask(store, staleSummaries));
  const again: SpooledRow[] = rows.map(({ new_cost, new_unpriced, own_requests: _, ...row }) => ({
    table: 'session_summaries',
    row: {
      ...row,
      total_cost_usd: new_cost,
      unpriced_requests: new_unpriced,
      // Just above the old one, so that a summary that capture makes later wins.
      version: row.version + 1,
    },
  }));
  if (spool !== null && again.length > 0) await spool.append(again.map((row) => redacted(row)));
  return rows.length;
}

/** A session's requests are counted as in its summary: by its transcripts, a replayed message once. */
const staleSummaries = `
SELECT summaries.*, new_cost, new_unpriced, own_requests
FROM (SELECT * FROM session_summaries FINAL) AS summaries
INNER JOIN (
  SELECT
    session_id,
    sumOrNull(cost) AS new_cost,
    countIf(cost IS NULL) AS new_unpriced,
    count() AS own_requests
  FROM (
    SELECT session_id, cost_usd AS cost
    FROM (SELECT * FROM api_requests FINAL)
    WHERE source = 'transcript' AND is_copy = 0
    ORDER BY is_sidechain, timestamp
    LIMIT 1 BY session_id, if(message_id = '', request_key, message_id)
  )
  GROUP BY session_id
) AS priced USING (session_id)
WHERE own_requests = requests
  AND (
    unpriced_requests != new_unpriced
    OR (total_cost_usd IS NULL) != (new_cost IS NULL)
    OR abs(ifNull(total_cost_usd, 0) - ifNull(new_cost, 0)) > 1e-9
  )`;

function ask(store: Store, query: string): Promise<Record<string, unknown>[]> {
  return store.sql(`${query} FORMAT JSON`, { timeoutMs });
}

/** A text as SQL. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
