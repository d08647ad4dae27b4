/** The question prompt_effectiveness: how much rework followed each prompt? */
import { node, p, t } from '@tinybirdco/sdk';
import { checkRuns } from './parts/check-runs.js';
import { commitNodes, shortHash } from './parts/commit-owners.js';
import { billedRequests, defineQuestion, oneOf, windowOfSession, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';
import { statusBefore, toolCalls } from './parts/tool-calls.js';
import { thisSession } from './session-overview.js';

/** The order of the rows. */
export const promptsOrder = pageOrder(
  ['total_cost_usd', 'most_expensive'],
  ['started_at', 'earliest'],
  ['session_id', 'text'],
  ['prompt_id', 'text'],
);

/**
 * How much rework followed each prompt? Only signs that were counted: what a prompt said is not kept, so this cannot tell
 * whether the prompt was good, the work was hard or the answer was right. It is for comparing many prompts, not for
 * judging one.
 */
export const promptEffectiveness = defineQuestion('prompt_effectiveness', {
  description:
    'How much rework followed each prompt, the most expensive first? One row per prompt with a request in the window: failed tool calls, retries (a call of the same tool by the same thread right after its own failure), failed and passed checks, commits, and those of them that were reverted. rework: how many of retries, failed checks and reverted commits there were. It counts signs; whether the prompt was bad, the work hard or the result right is not known. List prices.',
  params: {
    ...windowParams,
    ...promptsOrder.params,
    session_id: p
      .string()
      .optional()
      .describe('Only the prompts of this session, whole, unless days or date_from is given.'),
  },
  nodes: [
    billedRequests(windowOfSession, thisSession),
    toolCalls(windowOfSession, thisSession),
    checkRuns(windowOfSession, thisSession),
    ...commitNodes,
    node({
      name: 'calls_of_prompts',
      sql: `
SELECT
  session_id,
  prompt_id,
  count() AS tool_calls,
  countIf(status = 'failure') AS tool_failures,
  countIf(status_before = 'failure') AS retries,
  countIf(status = 'success' AND tool_name IN ('Edit', 'Write', 'MultiEdit', 'NotebookEdit')) AS edits
FROM (
  SELECT
    session_id,
    prompt_id,
    tool_name,
    status,
    ${statusBefore} AS status_before
  FROM tool_calls
)
GROUP BY session_id, prompt_id`,
    }),
    node({
      name: 'checks_of_prompts',
      sql: `
SELECT
  session_id,
  prompt_id,
  countIf(run_status = 'success') AS passed_checks,
  countIf(run_status = 'failure') AS failed_checks,
  argMaxIf(run_status, (run_at, run_place), run_status != '') AS last_check
FROM (SELECT tool_use_id, status AS run_status, timestamp AS run_at, place AS run_place FROM check_runs) AS runs
INNER JOIN (SELECT tool_use_id, session_id, prompt_id FROM tool_calls) AS call USING (tool_use_id)
GROUP BY session_id, prompt_id`,
    }),
    node({
      name: 'commits_of_prompts',
      sql: `
SELECT
  session_id,
  prompt_id,
  uniqExact(chain) AS commits,
  uniqExactIf(chain, (project, short_hash) IN (SELECT project, short_hash FROM reverted_commits)) AS reverted_commits
FROM (SELECT session_id, prompt_id, chain, project, ${shortHash('hash')} AS short_hash FROM made_commits WHERE NOT is_copy)
GROUP BY session_id, prompt_id`,
    }),
    node({
      name: 'prompts',
      sql: `
SELECT
  session_id,
  prompt_id,
  max(project) AS in_project,
  min(timestamp) AS started_at,
  count() AS request_count,
  sum(total_tokens) AS tokens,
  sumOrNull(cost_usd) AS total_cost_usd,
  countIf(cost_usd IS NULL) AS unpriced_requests
FROM billed_requests
WHERE prompt_id != ''
GROUP BY session_id, prompt_id`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  session_id,
  prompt_id,
  in_project AS project,
  started_at,
  request_count,
  tokens AS total_tokens,
  total_cost_usd,
  unpriced_requests,
  tool_calls,
  tool_failures,
  retries,
  edits,
  passed_checks,
  failed_checks,
  last_check,
  commits,
  reverted_commits,
  retries + failed_checks + reverted_commits AS rework
FROM prompts
LEFT JOIN calls_of_prompts USING (session_id, prompt_id)
LEFT JOIN checks_of_prompts USING (session_id, prompt_id)
LEFT JOIN commits_of_prompts USING (session_id, prompt_id)`,
    }),
    promptsOrder.page('answer'),
  ],
  output: {
    session_id: t.string(),
    prompt_id: t.string(),
    project: t.string(),
    started_at: t.dateTime64(3, 'UTC'),
    request_count: t.uint64(),
    total_tokens: t.uint64(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
    tool_calls: t.uint64(),
    tool_failures: t.uint64(),
    retries: t.uint64(),
    edits: t.uint64(),
    passed_checks: t.uint64(),
    failed_checks: t.uint64(),
    last_check: oneOf('', 'success', 'failure'),
    commits: t.uint64(),
    reverted_commits: t.uint64(),
    rework: t.uint64(),
  },
});
