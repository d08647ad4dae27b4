/** `atel insights`: hints on what could be done better. */
import type * as z from 'zod/mini';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { heading, historyLines, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { readWindow } from '../shared/options.js';
import type { Terminal } from '../render/terminal.js';
import { hanging, plain, wrap } from '../render/text.js';
import { anomalyLines } from '../views/anomaly-lines.js';
import type { insightsSchema } from '../../schemas.js';
import type { insights } from '../commands/insights.js';
import type { OptionsOf } from '../shared/command.js';

/** Shows hints on what could be done better, each with its figures. */
export async function run(options: OptionsOf<typeof insights.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const [hints, anomalies] = await Promise.all([
    desk.asker.ask('usageHints', window.params),
    desk.asker.ask('anomalies', window.params),
  ]);
  const json = { window: windowJson(window), hints, anomalies };
  await printAnswer<typeof insightsSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading('Insights', window, terminal), ''];
    const isEmpty = hints.length === 0 && anomalies.length === 0;
    const [spent] = isEmpty ? await desk.asker.ask('costTotal', window.params) : [];
    if (spent?.request_count === 0) {
      const where = options.project === undefined ? '' : ` for project ${plain(options.project)}`;
      return [
        ...head,
        ...wrap(`Nothing was recorded${where} in this period.`, terminal.width),
        ...(await historyLines(desk)),
      ];
    }
    if (isEmpty) {
      return [
        ...head,
        ...wrap(
          'Nothing stands out: no costly agent, no poor cache use, no tool or skill that fails often. A longer --since looks at more.',
          terminal.width,
        ),
        ...(await historyLines(desk)),
      ];
    }
    return [
      ...head,
      ...hints.flatMap((hint, index) => hintLines(hint, index, terminal)),
      ...(hints.length === 0 || anomalies.length === 0 ? [] : ['']),
      ...anomalyLines(anomalies, terminal),
    ];
  });
}

type Hint = z.infer<typeof insightsSchema>['hints'][number];

function hintLines(hint: Hint, index: number, { paint, width }: Terminal): string[] {
  const { title, figures, advice } = wordsOf(hint);
  const each = usdColumn([hint.usd_each, hint.compared_usd_each]);
  return [
    ...(index === 0 ? [] : ['']),
    ...hanging(`${index + 1}. `, title, width).map((line) => paint.bold(line)),
    ...wrap(figures, width, '   '),
    ...wrap(advice, width, '   ').map((line) => paint.dim(line)),
    ...(hint.saving_usd === null
      ? []
      : wrap(
          `Estimated saving: ${grouped(hint.happened)} × (${each(hint.usd_each)} − ${each(hint.compared_usd_each)}) = ${usd(hint.saving_usd)} USD, if the work was alike.`,
          width,
          '   ',
        ).map((line) => paint.green(line))),
  ];
}

function wordsOf(hint: Hint): { title: string; figures: string; advice: string } {
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
