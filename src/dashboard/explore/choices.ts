/** The figures, parts and filters of the page, with their titles. */
import type { AnswerOf, QueryOf } from '../../api/answers.js';

export type Metric = AnswerOf<'/v1/analytics/series'>['metric'];
export type Group = NonNullable<AnswerOf<'/v1/analytics/series'>['group_by']>;
export type Filter = keyof AnswerOf<'/v1/analytics/series'>['filters'] &
  keyof QueryOf<'/v1/analytics/series'>;

export const metrics: Readonly<Record<Metric, string>> = {
  cost_usd: 'Cost, USD',
  requests: 'Requests',
  sessions: 'Sessions',
  total_tokens: 'Tokens',
  input_tokens: 'Input tokens',
  output_tokens: 'Output tokens',
  cache_read_tokens: 'Tokens read from the cache',
  cache_creation_tokens: 'Tokens written to the cache',
  cache_hit_rate: 'Cache hit rate',
  unpriced_requests: 'Requests without a price',
};

export const groups: Readonly<Record<Group, string>> = {
  model: 'Model',
  model_family: 'Model family',
  agent: 'Agent',
  skill: 'Skill',
  project: 'Project',
  branch: 'Branch',
  session: 'Session',
  session_type: 'Type of session',
  device: 'Machine',
  user: 'User',
};

export const filters: Readonly<Record<Filter, string>> = {
  model: 'Model',
  model_family: 'Model family',
  agent: 'Agent',
  skill: 'Skill',
  branch: 'Branch',
  session: 'Session',
  root_session: 'Session with its forks',
  session_type: 'Type of session',
  device: 'Machine',
  user: 'User',
};

export const isMetric = (name: string): name is Metric => Object.hasOwn(metrics, name);
export const isGroup = (name: string): name is Group => Object.hasOwn(groups, name);
