/** The question request_list: which requests were made? */
import { node, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, priceSourceType, windowParams } from './parts/define.js';
import { pageBy } from './parts/page.js';

const page = pageBy('request_key', 'after_key', 'requests');

/**
 * Which requests were made? Each once, as every question about money counts it, in order of time; a page of at
 * most `limit` after the row whose timestamp and request_key are given.
 */
export const requestList = defineQuestion('request_list', {
  description:
    'Which API requests were there? Each once, with its tokens and list price, in order of time: at most `limit` rows after the one that after_time and after_key name.',
  params: {
    ...windowParams,
    ...page.params,
  },
  nodes: [
    billedRequests(),
    node({
      name: 'page',
      sql: `
SELECT
  timestamp,
  request_key,
  message_id,
  session_id,
  project,
  model,
  agent_id,
  agent_type,
  parent_agent_id,
  skill_name,
  input_tokens,
  output_tokens,
  cache_read_tokens,
  cache_creation_tokens,
  total_tokens,
  cost_usd,
  price_source,
  reported_cost_usd
FROM billed_requests
WHERE 1 = 1${page.end}`,
    }),
  ],
  output: {
    timestamp: t.dateTime64(3, 'UTC'),
    request_key: t.string(),
    message_id: t.string(),
    session_id: t.string(),
    project: t.string(),
    model: t.string(),
    agent_id: t.string(),
    agent_type: t.string(),
    parent_agent_id: t.string(),
    skill_name: t.string(),
    input_tokens: t.uint32(),
    output_tokens: t.uint32(),
    cache_read_tokens: t.uint32(),
    cache_creation_tokens: t.uint32(),
    total_tokens: t.uint64(),
    cost_usd: t.float64().nullable(),
    price_source: priceSourceType,
    reported_cost_usd: t.float64().nullable(),
  },
});
