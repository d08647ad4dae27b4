/** `atel budget`: how far each budget is used now. */
import type * as z from 'zod/mini';
import { subjectsOf } from '../../alerts/sample.js';
import { figureText, subjectText } from '../../alerts/words.js';
import { percent } from '../../base/format/shares.js';
import type { budgetSchema } from '../../schemas.js';
import type { budget } from '../commands/budget.js';
import { table, type Column } from '../render/table.js';
import { wrap } from '../render/text.js';
import { headingOf, printAnswer, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { savedRules } from '../shared/rule-options.js';

type Row = z.infer<typeof budgetSchema>['budgets'][number];

export async function run(options: OptionsOf<typeof budget.flags>, desk: Desk): Promise<void> {
  const rules = (await savedRules(desk)).filter(({ kind, isEnabled }) => kind === 'budget' && isEnabled);
  const budgets: Row[] = [];
  for (const rule of rules) {
    const subjects = await subjectsOf(
      (question, params) => desk.asker.ask(question, params),
      rule,
      desk.now,
      false,
    );
    for (const { session, sample } of subjects)
      budgets.push({
        rule: rule.rule,
        about: subjectText(rule),
        metric: rule.metric,
        session_id: session,
        value: sample.value,
        soft: rule.threshold === rule.hardLimit ? null : rule.threshold,
        hard: rule.hardLimit,
      });
  }
  await printAnswer<typeof budgetSchema>(desk, options, { budgets }, () => {
    const { terminal } = desk;
    const head = headingOf('Budgets', 'used now. List prices.', terminal);
    const lines = (text: string) => wrap(text, terminal.width).map(terminal.paint.dim);
    if (rules.length === 0)
      return [
        ...head,
        '',
        ...lines('No budgets yet. For example: atel alerts add day --span day --soft 20 --hard 30'),
      ];
    return [
      ...head,
      '',
      ...table(budgets, columnsOf(budgets), terminal),
      '',
      ...lines(
        'Raise a limit: atel alerts edit NAME --hard FIGURE. Switch a budget off: atel alerts edit NAME --off.',
      ),
    ];
  });
}

function columnsOf(rows: readonly Row[]): Column<Row>[] {
  const limit = (metric: string, figure: number | null) =>
    figure === null ? '–' : figureText(metric, figure);
  return [
    { title: 'Budget', cell: ({ rule }) => rule, shrinksTo: 10 },
    { title: 'Of', cell: ({ about }) => about, shrinksTo: 12 },
    ...(rows.some(({ session_id: id }) => id !== '')
      ? [{ title: 'Session', cell: ({ session_id: id }: Row) => id.slice(0, 8) }]
      : []),
    { title: 'Used', align: 'right', cell: ({ metric, value }) => figureText(metric, value) },
    { title: 'Soft', align: 'right', cell: ({ metric, soft }) => limit(metric, soft) },
    { title: 'Hard', align: 'right', cell: ({ metric, hard }) => limit(metric, hard) },
    {
      title: 'Used %',
      align: 'right',
      cell: ({ value, soft, hard }) => {
        const most = hard ?? soft;
        return value === null || most === null || most === 0 ? '–' : percent(value / most);
      },
    },
  ];
}
