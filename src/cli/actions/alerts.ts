/** `atel alerts`: rules of alerts and budgets: lists, shows, saves, removes and tests them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod/mini';
import { deliver, messageOf } from '../../alerts/deliver.js';
import { evaluate, type Change } from '../../alerts/evaluate.js';
import { isCalendar } from '../../alerts/rule.js';
import { savedRule, subjectsOf } from '../../alerts/sample.js';
import { figureText, standText } from '../../alerts/words.js';
import { plural } from '../../base/format/counts.js';
import { fromStoreTime } from '../../base/time/store-time.js';
import type { alertsSchema } from '../../schemas.js';
import { wrap } from '../render/text.js';
import { headingOf, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { CommandError } from '../shared/command-error.js';
import { readWindow, UsageError, type AskedWindow } from '../shared/options.js';
import { editedRule, newRule, ruleNamed, saveRule, type RuleOptions } from '../shared/rule-options.js';
import { changeLine, changeTable, ruleLines, ruleTable } from '../views/alert-lines.js';

type Answer = z.infer<typeof alertsSchema>;

const actions = ['list', 'show', 'add', 'edit', 'remove', 'test', 'history'] as const;
const needRule: readonly string[] = ['show', 'add', 'edit', 'remove', 'test'];

/** How often `--watch` looks, milliseconds. */
const LOOK_MS = 3_000;

export async function run(
  options: RuleOptions,
  desk: Desk,
  what: string,
  name: string | undefined,
): Promise<void> {
  const action = actions.find((known) => known === what);
  if (action === undefined) throw new UsageError(`alerts takes ${actions.join(', ')}, not "${what}"`);
  if (needRule.includes(action) && name === undefined)
    throw new UsageError(`alerts ${action} needs the name of a rule`);
  const rule = name ?? '';
  // With these, the project and the time zone are parts of the rule, not of the answer.
  const isSaving = action === 'add' || action === 'edit';
  const window = readWindow(isSaving ? {} : options, desk.now);
  if (options.watch === true) {
    if (action !== 'list' || name !== undefined || options.json === true)
      throw new UsageError('--watch takes no action, no rule and no --json: atel alerts --watch');
    return watch(desk, window);
  }
  if (options.deliver === true && action !== 'test')
    throw new UsageError('--deliver goes with test: atel alerts test NAME --deliver');
  switch (action) {
    case 'add': {
      const known = await desk.asker.ask('alertList', { rule });
      if (known.length > 0)
        throw new CommandError(`there is a rule ${rule} already: atel alerts edit changes it`);
      return saved(await saveRule(newRule(rule, options), desk), rule, 'saved', options, desk, window);
    }
    case 'edit': {
      const known = await ruleNamed(rule, desk);
      const problem = await saveRule(editedRule(known, options), desk, { after: known.version });
      return saved(problem, rule, 'saved', options, desk, window);
    }
    case 'remove': {
      const known = await ruleNamed(rule, desk);
      const problem = await saveRule(known, desk, { isRemoved: true, after: known.version });
      return saved(problem, rule, 'removed', options, desk, window);
    }
    case 'test':
      return test(options, desk, rule, window);
    case 'history':
      return history(options, desk, name, window);
    case 'list':
    case 'show':
      return list(options, desk, name, window);
  }
}

/** Tells that a rule was saved or removed. */
async function saved(
  problem: string | null,
  rule: string,
  how: string,
  options: RuleOptions,
  desk: Desk,
  window: AskedWindow,
): Promise<void> {
  const rules = problem === null ? await desk.asker.ask('alertList', { rule }) : [];
  await printAnswer<typeof alertsSchema>(desk, options, answerOf(window, { rules }), () => [
    problem === null
      ? `alerts: ${rule} is ${how}`
      : `alerts: ${rule} is kept on this machine and is ${how} when the store takes it (${problem})`,
  ]);
}

const answerOf = (window: AskedWindow, some: Partial<Answer>): Omit<Answer, 'explain'> => ({
  window: windowJson(window),
  rules: [],
  history: [],
  tested: [],
  ...some,
});

async function list(
  options: RuleOptions,
  desk: Desk,
  name: string | undefined,
  window: AskedWindow,
): Promise<void> {
  if (name !== undefined) await ruleNamed(name, desk);
  const rules = await desk.asker.ask('alertList', {
    ...window.params,
    ...(name !== undefined && { rule: name }),
  });
  const changes =
    name === undefined
      ? []
      : await desk.asker.ask('alertHistory', { ...window.params, rule: name, limit: 20 });
  await printAnswer<typeof alertsSchema>(desk, options, answerOf(window, { rules, history: changes }), () => {
    const { terminal } = desk;
    const [only] = rules;
    if (name !== undefined && only !== undefined)
      return [
        ...ruleLines(only, terminal),
        ...(changes.length === 0 ? [] : ['', ...changeTable(changes, window.timezone, terminal)]),
      ];
    const head = headingOf('Alerts', `fired ${window.title} (${window.timezone}).`, terminal);
    if (rules.length === 0)
      return [
        ...head,
        '',
        ...wrap(
          'No rules yet. For example: atel alerts add daily-cost --metric cost_usd --span day --above 50',
          terminal.width,
        ),
      ];
    return [...head, '', ...ruleTable(rules, window.timezone, terminal)];
  });
}

async function history(
  options: RuleOptions,
  desk: Desk,
  name: string | undefined,
  window: AskedWindow,
): Promise<void> {
  const rows = await desk.asker.ask('alertHistory', {
    ...window.params,
    ...(name !== undefined && { rule: name }),
    limit: 1_000,
  });
  await printAnswer<typeof alertsSchema>(desk, options, answerOf(window, { history: rows }), () => {
    const head = headingOf('Alerts', `changes ${window.title} (${window.timezone}).`, desk.terminal);
    if (rows.length === 0) return [...head, '', 'No rule changed its state in this period.'];
    return [...head, '', ...changeTable(rows, window.timezone, desk.terminal)];
  });
}

/** Evaluates a rule as if for the first time, and changes nothing. */
async function test(options: RuleOptions, desk: Desk, name: string, window: AskedWindow): Promise<void> {
  const rule = await ruleNamed(name, desk);
  const subjects = await subjectsOf(
    (question, params) => desk.asker.ask(question, params),
    rule,
    desk.now,
    false,
  );
  const found = subjects.map(({ session, sample }) => {
    const { state } = evaluate(rule, undefined, sample, desk.now, { isCalendar: isCalendar(rule.span) });
    return { session, sample, state };
  });
  const problems: string[] = [];
  if (options.deliver === true) {
    const [first] = found;
    const change: Change = {
      ...{ at: desk.now, state: first?.state.state ?? 'ok', stateBefore: 'ok' },
      ...{ value: first?.sample.value ?? null, threshold: first?.state.threshold ?? null },
      ...{ from: first?.sample.from ?? desk.now, to: desk.now, isLate: false, isTold: true },
    };
    const { alert_command, alert_webhook } = desk.asker.config;
    if (alert_command === null && alert_webhook === null)
      throw new CommandError(
        'the settings name neither alert_command nor alert_webhook, so there is nobody to tell',
      );
    problems.push(
      ...(await deliver(messageOf(rule, first?.session ?? '', change), { alert_command, alert_webhook })),
    );
  }
  const tested = found.map(({ session, sample, state }) => ({
    session_id: session,
    state: state.state,
    value: sample.value,
    threshold: state.threshold,
    from: new Date(sample.from).toISOString(),
    to: new Date(sample.to).toISOString(),
  }));
  await printAnswer<typeof alertsSchema>(desk, options, answerOf(window, { tested }), () => [
    ...(found.length === 0 ? [`${rule.rule}: there is no figure of ${rule.metric} now.`] : []),
    ...found.flatMap(({ session, sample, state }) =>
      wrap(
        `${session === '' ? '' : `session ${session.slice(0, 8)}, `}${
          state.state === 'ok'
            ? `${rule.rule}: ${rule.metric} is ${figureText(rule.metric, sample.value)}, within its limit`
            : standText(rule, { ...state, value: sample.value })
        }.`,
        desk.terminal.width,
      ),
    ),
    ...(options.deliver === true && problems.length === 0 ? ['It was told.'] : []),
  ]);
  if (problems.length > 0) throw new CommandError(problems.join('; '));
}

/** Prints the rules that are past their limit now, then each change when it comes, until the person ends it. */
async function watch(desk: Desk, window: AskedWindow): Promise<void> {
  const rules = await desk.asker.ask('alertList', window.params);
  const past = rules.filter(({ state }) => state !== '' && state !== 'ok');
  desk.print(
    `Watching ${plural(rules.length, 'rule')}, ${past.length} past ${past.length === 1 ? 'its limit' : 'their limits'}.`,
  );
  for (const row of past) {
    const rule = savedRule(row);
    if (rule !== undefined && row.state !== '')
      desk.print(standText(rule, { state: row.state, value: row.value, threshold: row.compared_with_value }));
  }
  let last = desk.now;
  const printed = new Set<string>();
  for (;;) {
    await sleep(LOOK_MS);
    // A change is stored a moment after its time.
    const rows = await desk.asker.ask('alertHistory', { from: new Date(last - 60_000), limit: 1_000 });
    for (const row of rows.toReversed()) {
      const at = fromStoreTime(row.timestamp);
      if (at < desk.now || printed.has(row.event_id)) continue;
      printed.add(row.event_id);
      last = Math.max(last, at);
      desk.print(changeLine(row, window.timezone, desk.terminal));
    }
    desk.asker.asked.length = 0;
  }
}
