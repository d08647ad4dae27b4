/** The choices of a rule: its filters, figures and severities. Also the page offers them, so that nothing heavy is imported here. */
import { alertMetricNames } from '../pipes/parts/alert-metrics.js';
import { severities } from '../pipes/parts/alert-words.js';

/** The figures that a rule can watch. */
export const metricChoices: readonly string[] = alertMetricNames;

/** How serious a rule can be. */
export const severityChoices: readonly string[] = severities;

/** The filters of a rule, and the columns that they are kept in. */
export const filterColumns = {
  project: 'project',
  model: 'model',
  model_family: 'model_family',
  agent: 'agent_type',
  skill: 'skill_name',
  branch: 'git_branch',
} as const;

export type RuleFilter = keyof typeof filterColumns;
export const ruleFilters = Object.keys(filterColumns) as RuleFilter[];
