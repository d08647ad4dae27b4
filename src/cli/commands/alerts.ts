/** The definition of `atel alerts`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addWindowOptions } from '../shared/options.js';

export const alerts = definition({
  name: 'alerts',
  group: 'ask',
  summary: 'Rules that tell you when a figure is too high or too low, and budgets',
  description:
    'Rules of alerts and budgets. list shows every rule with its state, show one of them; add, edit and remove change rules; test shows the figure of a rule now and changes nothing; history shows when rules fired and ended. The server evaluates the rules after writes and every minute. With --soft or --hard a rule is a budget: see atel budget. With add and edit, --project and --timezone belong to the rule, whose days begin in this time zone. With edit, a filter is removed by the value all: --project all.',
  examples: [
    'atel alerts add daily-cost --metric cost_usd --span day --above 50',
    'atel alerts add spike --metric cost_usd --span 1h --times-median 5 --median-windows 24',
    'atel alerts add my-session --span session --soft 5 --hard 10',
    'atel alerts edit daily-cost --above 80',
    'atel alerts test daily-cost',
    'atel alerts history --since 30d',
    'atel alerts --watch',
  ],
  json: 'alerts',
  flags: (made: Command) =>
    addWindowOptions(made)
      .argument('[what]', 'list, show, add, edit, remove, test or history', 'list')
      .argument('[rule]', 'the name of the rule')
      .option('--metric <name>', 'the figure, e.g. cost_usd, requests, tool_failures, five_hour_used')
      .option('--span <time>', '15m, 24h, 7d …, day, week, month; for a budget also session')
      .option('--above <figure>', 'fires above this')
      .option('--below <figure>', 'fires below this')
      .option('--times-median <factor>', 'fires above this many times the median of earlier windows')
      .option('--median-windows <count>', 'how many earlier windows (default: 7)')
      .option('--soft <figure>', 'soft limit of a budget: the agent is told')
      .option('--hard <figure>', 'hard limit of a budget: with atel init --guard, tool calls are denied')
      .option(
        '--hysteresis <share>',
        'part of the limit by which the figure must come back before the alert ends (default: 0.1)',
      )
      .option('--cooldown-minutes <count>', 'minutes in which the same state is not told again (default: 60)')
      .option('--severity <name>', 'info, warning or critical')
      .option('--model <name>', 'only requests of this model')
      .option('--model-family <name>', 'only requests of this family of models')
      .option('--agent <name>', 'only requests of this type of agent')
      .option('--skill <name>', 'only requests under this skill')
      .option('--branch <name>', 'only requests on this branch')
      .option('--off', 'keep the rule, but do not evaluate it')
      .option('--on', 'evaluate the rule again')
      .option('--deliver', 'with test: also send the message to alert_command and alert_webhook')
      .option(
        '--watch',
        'print the rules past their limit, then each change when it comes; ends with Ctrl-C',
      ),
});
