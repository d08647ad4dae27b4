/** The filters of a rule. */

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
