/** `atel dead`: the rows that the store refused, each with its reason: lists, shows, tries again or removes them. */
import { plural } from '../../base/format/counts.js';
import { configuredSpool } from '../../spool/configured.js';
import type { DeadLetter } from '../../spool/spool.js';
import { terminalOf } from '../render/terminal.js';
import { ageOf } from '../shared/age.js';
import { CommandError } from '../shared/command-error.js';
import { guardOutput } from '../shared/guard-output.js';
import { UsageError } from '../shared/options.js';
import { letterLines, type DeadRows } from '../views/letter-lines.js';
import { run as flush } from './flush.js';
import type { dead } from '../commands/dead.js';
import type { OptionsOf, Outside } from '../shared/command.js';

type DeadOptions = OptionsOf<typeof dead.flags>;

const actions = ['list', 'show', 'replay', 'purge'] as const;

/** Lists, shows, replays or purges the dead letters that the ids and the options mean. */
export async function run(
  options: DeadOptions,
  outside: Outside,
  what: string,
  ids: readonly string[],
): Promise<void> {
  const { config, print, complain } = outside;
  const action = actions.find((known) => known === what);
  if (action === undefined) throw new UsageError(`dead takes ${actions.join(', ')}, not "${what}"`);
  refuseUnused(action, options, ids);
  guardOutput(complain);
  const settings = config();
  const spool = configuredSpool(settings);
  const isMeant = selection(options, ids, Date.now());
  const letters = (await spool.deadLetters()).filter(isMeant);
  const missing = ids.find((id) => !letters.some((letter) => letter.id.startsWith(id)));
  if (missing !== undefined)
    throw new CommandError(`no refused row that is meant has the id ${missing}: atel dead lists them`);
  const found = asData(letters, action !== 'list');
  if (options.json === true) print(JSON.stringify(found, null, 2));
  else if (action === 'list' || action === 'show')
    for (const line of letterLines(found, terminalOf())) print(line);
  if (action === 'purge') {
    const isDry = options.dryRun === true;
    const rows = isDry ? found.rows : await spool.purgeDeadLetters(isMeant);
    if (options.json !== true)
      print(
        `dead: ${plural(rows, 'refused row')} ${isDry ? 'would be removed (dry run)' : 'removed for good'}`,
      );
  }
  if (action === 'replay') await replay(options, outside, isMeant, found);
}

/** Puts the rows back into the spool and delivers them. */
async function replay(
  options: DeadOptions,
  outside: Outside,
  isMeant: (letter: DeadLetter) => boolean,
  { letters }: DeadRows,
): Promise<void> {
  const spool = configuredSpool(outside.config());
  const rows = await spool.replayDeadLetters(isMeant);
  const print = options.json === true ? outside.complain : outside.print;
  const torn = letters.filter(({ table }) => table === null).length;
  if (torn > 0) print(`dead: ${plural(torn, 'letter is', 'letters are')} damaged and cannot be tried again`);
  print(`dead: ${plural(rows, 'refused row')} put back into the spool`);
  if (rows > 0) await flush({}, { ...outside, print });
}

/** Whether a letter is meant by the ids and all of the options. */
function selection(
  { table, reason, olderThan }: DeadOptions,
  ids: readonly string[],
  now: number,
): (letter: DeadLetter) => boolean {
  const before =
    olderThan === undefined ? undefined : new Date(Math.max(0, now - ageOf(olderThan))).toISOString();
  return (letter) =>
    (ids.length === 0 || ids.some((id) => letter.id.startsWith(id))) &&
    (table === undefined || letter.table === table) &&
    (reason === undefined || letter.reason.includes(reason)) &&
    (before === undefined || letter.at < before);
}

/** Refuses options that have no effect, and a purge of everything that does not say so. */
function refuseUnused(action: (typeof actions)[number], options: DeadOptions, ids: readonly string[]): void {
  const { all, dryRun, table, reason, olderThan } = options;
  if (action !== 'purge' && (all === true || dryRun === true))
    throw new UsageError(`--${all === true ? 'all' : 'dry-run'} is for atel dead purge`);
  const isNarrow = ids.length > 0 || [table, reason, olderThan].some((one) => one !== undefined);
  if (action === 'purge' && !isNarrow && all !== true)
    throw new UsageError(
      'dead purge needs ids, --table, --reason or --older-than; --all removes every refused row',
    );
  if (action === 'purge' && isNarrow && all === true)
    throw new UsageError('dead purge takes --all alone, or ids, --table, --reason and --older-than');
}

function asData(letters: readonly DeadLetter[], withRows: boolean): DeadRows {
  return {
    rows: letters.reduce((sum, { rows }) => sum + rows, 0),
    letters: letters
      .toSorted((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id))
      .map(({ id, table, rows, reason, at, row }) => ({
        id,
        table: table === '' ? null : table,
        rows,
        reason,
        at: at === '' ? null : at,
        row: withRows ? row : null,
      })),
  };
}
