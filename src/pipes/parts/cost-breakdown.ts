/** Defines the questions that break cost down. */
import { node, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, windowParams } from './define.js';
import { pageOrder } from './page-order.js';

/** The part that a request belongs to: expressions over `billed_requests`; `unattributed` if it belongs to none. */
export const partOf = {
  model: 'model',
  agent: `multiIf(agent_type != '', agent_type, agent_id = '' AND is_sidechain = 0, 'main', 'unattributed')`,
  skill: `if(skill_name != '', skill_name, 'unattributed')`,
  project: `if(project != '', project, 'unattributed')`,
};

/** The columns of every breakdown: what a part used and cost. */
export const spendOfPart = `
  sum(input_tokens) AS total_input,
  sum(output_tokens) AS total_output,
  sum(cache_read_tokens) AS total_cache_read,
  sum(cache_creation_tokens) AS total_cache_creation,
  sum(total_tokens) AS total_tokens,
  sumOrNull(cost_usd) AS total_cost_usd,
  count() AS request_count,
  countIf(cost_usd IS NULL) AS unpriced_requests,
  countIf(price_source = 'learnt') AS learnt_requests,
  sumOrNull(reported_cost_usd) AS total_reported_cost_usd,
  sumOrNullIf(reported_cost_usd, cost_usd IS NULL) AS unpriced_reported_cost_usd`.trim();

export const spendTypes = {
  total_input: t.uint64(),
  total_output: t.uint64(),
  total_cache_read: t.uint64(),
  total_cache_creation: t.uint64(),
  total_tokens: t.uint64(),
  total_cost_usd: t.float64().nullable(),
  request_count: t.uint64(),
  unpriced_requests: t.uint64(),
  learnt_requests: t.uint64(),
  total_reported_cost_usd: t.float64().nullable(),
  unpriced_reported_cost_usd: t.float64().nullable(),
};

/** A dimension that requests are broken down by. */
interface Breakdown<Column extends string> {
  /** Name of the column that holds the part. */
  column: Column;
  /** Expression over `billed_requests` that gives a request's part; `unattributed` if it has none. */
  part: string;
  question: string;
}

/** The order of parts: the most expensive first. */
export const mostExpensiveFirst = (column: string) =>
  pageOrder(['total_cost_usd', 'most_expensive'], [column, 'text']);

/**
 * Defines a question that breaks cost and tokens down. Every request is in exactly one part, so the parts of every
 * breakdown sum to the same total; what cannot be attributed is a part of its own.
 */
export function costBreakdown<Column extends string>(
  name: string,
  { column, part, question }: Breakdown<Column>,
  order = mostExpensiveFirst(column),
) {
  return defineQuestion(name, {
    description: `${question} List prices; every request is in exactly one row, so the rows sum to the total.`,
    params: { ...windowParams, ...order.params },
    nodes: [
      billedRequests(),
      node({
        name: 'parts',
        sql: `
SELECT
  ${part} AS ${column},
  ${spendOfPart}
FROM billed_requests
GROUP BY ${column}`,
      }),
      order.page('parts'),
    ],
    output: {
      ...partColumn(column),
      ...spendTypes,
    },
  });
}

/** The breakdown's own column, typed under its name. */
function partColumn<Column extends string>(column: Column) {
  return { [column]: t.string() } as Record<Column, ReturnType<typeof t.string>>;
}
