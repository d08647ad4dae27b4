/** A rule as the API answers it, for the words of src/alerts. */
import type { AnswerOf } from '../../api/answers.js';
import { filterColumns, ruleFilters } from '../../alerts/rule-choices.js';

export type Rule = AnswerOf<'/v1/alerts'>['alerts'][number];

/** Whether a rule is past its limit. */
export const isPast = ({ state }: Rule) => state === 'firing' || state === 'soft' || state === 'hard';

/** The state of a rule for a person. */
export const stateName = ({ is_enabled: isEnabled, state }: Rule): string =>
  isEnabled === 0 ? 'off' : state === '' ? 'not yet' : state;

/** A rule as the words of src/alerts take it. */
export const described = (rule: Rule) => ({
  ...rule,
  hardLimit: rule.hard_limit,
  median:
    rule.median_factor === null ? null : { factor: rule.median_factor, windows: rule.median_windows ?? 0 },
  filters: Object.fromEntries(
    ruleFilters.flatMap((filter) => {
      const value = rule[filterColumns[filter]];
      return value === '' ? [] : [[filter, value]];
    }),
  ),
});
