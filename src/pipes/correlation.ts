/** The question correlation: which feature, task, session, commit and pull request does each part of the cost belong to? */
import { node, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { defineQuestion, oneOf, windowParams } from './parts/define.js';
import { workNodes } from './parts/entities.js';
import { groupKey } from './parts/group-key.js';
import { requestOutcomes } from './parts/request-outcomes.js';
import { pageOrder } from './parts/page-order.js';

const combination = groupKey({
  feature: 'feature_id',
  task: 'task_id',
  session_id: 'session_id',
  project: 'toString(project)',
  commit_hash: 'commit_name',
  pull_request: 'pull_name',
  outcome: 'outcome',
});

/** The order of the rows. */
export const correlationOrder = pageOrder(
  ['total_cost_usd', 'most_expensive'],
  ['session_id', 'text'],
  ['feature', 'text'],
  ['task', 'text'],
  ['commit_hash', 'text'],
  ['pull_request', 'text'],
  ['outcome', 'text'],
  ['project', 'text'],
);

/**
 * Feature, task, session, commit and pull request, joined, with what each combination cost. Every request is in exactly
 * one row, so the rows sum to the total. `confidence` is the product of those of the links that the row is made of.
 */
export const correlation = defineQuestion('correlation', {
  description:
    'Which feature, task, session, commit and pull request does each part of the cost belong to, most expensive first? One row per combination; an empty name: none. confidence: the product of those of the links of its requests (commit, pull request; 1 for a task that alone was open in the session). List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...correlationOrder.params },
  nodes: [
    ...workNodes,
    node({
      name: 'answer',
      sql: `
SELECT
  ${combination.columns},
  if(
    task = '' AND commit_hash = '' AND pull_request = '',
    NULL,
    min(if(commit_name = '', 1, commit_confidence) * link_of_pull)
  ) AS confidence,
  ${spendOfPart}
FROM (SELECT *, ${combination.made} FROM requests_of_work)
GROUP BY ${combination.name}`,
    }),
    correlationOrder.page('answer'),
  ],
  output: {
    feature: t.string(),
    task: t.string(),
    session_id: t.string(),
    project: t.string(),
    commit_hash: t.string(),
    pull_request: t.string(),
    outcome: oneOf(...requestOutcomes),
    confidence: t.float64().nullable(),
    ...spendTypes,
  },
});
