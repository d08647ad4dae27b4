/** Reads the options of `atel alerts` as a rule, and saves rules. */
import { changedRule, readRule, RuleError, takes, type Rule, type SavedRule } from '../../alerts/rule.js';
import { ruleRow, type RuleSaving } from '../../alerts/rows.js';
import { savedRule } from '../../alerts/sample.js';
import { homePaths } from '../../base/home.js';
import { localZone } from '../../base/time/zone.js';
import { drainNow } from '../../drain/drain-now.js';
import { liveRecorder } from '../../drain/recorder.js';
import { configuredSpool } from '../../spool/configured.js';
import type { alerts } from '../commands/alerts.js';
import type { Desk } from './answer.js';
import { CommandError } from './command-error.js';
import type { OptionsOf } from './command.js';
import { UsageError } from './options.js';
import { linkProgram } from './program.js';

export type RuleOptions = OptionsOf<typeof alerts.flags>;

const figures = ['above', 'below', 'soft', 'hard', 'hysteresis'] as const;
const texts = [
  'metric',
  'span',
  'severity',
  'timezone',
  'project',
  'model',
  'agent',
  'skill',
  'branch',
] as const;

/** What the options say of a rule, as a rule is given; null for a filter that is to be removed. */
function givenBy(options: RuleOptions): Record<string, unknown> {
  const number = (name: keyof typeof takes, text: string | undefined) => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value))
      throw new UsageError(
        `--${name.replaceAll('_', '-')} takes ${takes[name]}, not ${JSON.stringify(text)}`,
      );
    return value;
  };
  if (options.on === true && options.off === true) throw new UsageError('--on and --off exclude each other');
  const given: Record<string, unknown> = {};
  for (const name of figures) given[name] = number(name, options[name]);
  for (const name of texts) given[name] = options[name];
  if (options.timezone === 'local') given.timezone = localZone();
  given.times_median = number('times_median', options.timesMedian);
  given.median_windows = number('median_windows', options.medianWindows);
  given.cooldown_minutes = number('cooldown_minutes', options.cooldownMinutes);
  given.model_family = options.modelFamily;
  given.enabled = options.on === true ? true : options.off === true ? false : undefined;
  for (const filter of ['project', 'model', 'model_family', 'agent', 'skill', 'branch'])
    if (given[filter] === 'all') given[filter] = null;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const orUsageError = <T>(make: () => T): T => {
  try {
    return make();
  } catch (error) {
    throw error instanceof RuleError ? new UsageError(error.message) : error;
  }
};

/** A new rule. Its days begin at midnight of this machine unless a time zone is named. @throws {UsageError} */
export function newRule(rule: string, options: RuleOptions): Rule {
  const given = givenBy(options);
  const isBudget = given.soft !== undefined || given.hard !== undefined;
  const defaults = { timezone: localZone() ?? 'UTC', ...(isBudget ? { metric: 'cost_usd' } : {}) };
  return orUsageError(() => readRule({ rule, ...defaults, ...given }));
}

/** A rule with the changes that the options name. @throws {UsageError} */
export function editedRule(rule: SavedRule, options: RuleOptions): Rule {
  const changes = givenBy(options);
  if (Object.keys(changes).length === 0)
    throw new UsageError('alerts edit needs what is to change, such as --above 80');
  return orUsageError(() => changedRule(rule, changes));
}

/** All rules that this version knows. */
export async function savedRules({ asker }: Desk): Promise<SavedRule[]> {
  return (await asker.ask('alertList', {})).map(savedRule).filter((rule) => rule !== undefined);
}

/** The rule of that name. @throws {CommandError} */
export async function ruleNamed(name: string, desk: Desk): Promise<SavedRule> {
  const rules = await savedRules(desk);
  const found = rules.find(({ rule }) => rule === name);
  if (found !== undefined) return found;
  const known = rules.map(({ rule }) => rule).join(', ');
  throw new CommandError(
    `there is no rule ${name} (${known === '' ? 'there is none yet' : `there are ${known}`})`,
  );
}

/** Saves a rule, or removes it. Returns why it is not in the store yet; null if it is. */
export async function saveRule(
  rule: Rule,
  { asker: { config } }: Desk,
  saving: RuleSaving = {},
): Promise<string | null> {
  const paths = homePaths(config.home);
  await linkProgram(paths);
  await configuredSpool(config).append([
    ruleRow(rule, await liveRecorder(paths, config), Date.now(), saving),
  ]);
  const report = await drainNow(config);
  return report.busy ? 'another drain is running' : (report.problem?.message ?? null);
}
