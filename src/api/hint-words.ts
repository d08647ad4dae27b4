/** Says in words what stands out and what to do about it. */
import type { RowsOf } from '../store/question-types.js';
import { compact, grouped, plural } from '../base/format/counts.js';
import { usd, usdColumn } from '../base/format/money.js';
import { plain } from '../base/format/plain.js';
import { percent } from '../base/format/shares.js';

type Hint = RowsOf<'usageHints'>[number];

/** What a hint says, what it rests on, and what to do. */
export function hintWords(hint: Hint): { title: string; figures: string; advice: string } {
  const subject = plain(hint.subject === '' ? 'unknown' : hint.subject);
  const each = usdColumn([hint.usd_each, hint.compared_usd_each]);
  const ratio = (what: string) =>
    `${grouped(hint.happened)} of ${plural(hint.out_of ?? 0, what)} failed (${percent(hint.share)}).`;
  switch (hint.kind) {
    case 'agent_model':
      return {
        title: `Agent ${subject} ran for less on another model`,
        figures: `${plural(hint.happened, 'run')} on ${plain(hint.model)}: ${each(hint.usd_each)} USD each. On ${plain(hint.compared_with)}: ${each(hint.compared_usd_each)} USD each.`,
        advice: `Set the model in the agent's definition, if the cheaper one's work is good enough.`,
      };
    case 'agent_cost':
      return {
        title: `Agent ${subject} takes ${percent(hint.share)} of the cost`,
        figures: `${usd(hint.cost_usd)} USD in ${plural(hint.happened, 'run')}, ${usd(hint.usd_each)} USD each.`,
        advice: 'Give it narrower tasks, or a cheaper model.',
      };
    case 'low_cache':
      return {
        title: `Only ${percent(hint.share)} of the prompt tokens come from the cache`,
        figures: `${compact(hint.happened)} of ${compact(hint.out_of)} prompt tokens.`,
        advice: 'Keep sessions going instead of starting new ones, and do not switch models midway.',
      };
    case 'tool_failures':
      return {
        title: `Tool ${subject} fails often`,
        figures: ratio('call'),
        advice: 'See what it is called with; atel summary shows how often a failed call is tried again.',
      };
    case 'skill_failures':
      return {
        title: `Skill ${subject} fails often`,
        figures: ratio('use'),
        advice: 'Fix it or do without it.',
      };
    case 'model_cost':
      return {
        title: `${subject} takes ${percent(hint.share)} of the cost`,
        figures: `${usd(hint.cost_usd)} USD in ${plural(hint.happened, 'request')}.`,
        advice: "Searching and reading can go to a cheaper model's agent.",
      };
    case 'unused_skills':
      return {
        title: `${plural(hint.happened, 'installed skill was', 'installed skills were')} not used in 30 days`,
        figures: `${grouped(hint.happened)} of the ${grouped(hint.out_of ?? 0)} that the model is shown (${percent(hint.share)}); each was there in ten sessions or more.`,
        advice:
          "A skill's name and description take room in the context of every session: remove those you can do without. atel skills --since 30d names them.",
      };
    // A store of a later version may have more kinds of hints.
    default:
      return { title: subject, figures: `${plural(hint.happened, 'time')}.`, advice: '' };
  }
}
