/** `atel insights`: hints on what could be done better. */
import type * as z from 'zod/mini';
import { hintWords } from '../../api/hint-words.js';
import { grouped } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
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
  const { title, figures, advice } = hintWords(hint);
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
