/** `atel flush`: delivers everything that is waiting now. */
import { stat } from 'node:fs/promises';
import { homePaths } from '../../base/home.js';
import { drainNow } from '../../drain/drain-now.js';
import { countWaiting } from '../../drain/waiting.js';
import { configuredSpool } from '../../spool/configured.js';
import { CommandError } from '../shared/command-error.js';
import { drainIsBusy } from '../shared/reported.js';
import { linkProgram } from '../shared/program.js';
import type { flush } from '../commands/flush.js';
import type { OptionsOf, Outside } from '../shared/command.js';
import { isMissingFile } from '../../base/missing-file.js';

/** How often what has come in the meantime is delivered, too. */
const TURNS = 3;

/** Runs a drain now. Fails if anything remains on this machine. */
export async function run(
  options: OptionsOf<typeof flush.flags>,
  { config: settings, print }: Outside,
): Promise<void> {
  const config = settings();
  const paths = homePaths(config.home);
  if (await isMissing(paths.home)) {
    print(`flush: nothing was recorded yet (there is no ${paths.home})`);
    return;
  }
  await linkProgram(paths);
  const spool = configuredSpool(config);
  const replayed = options.replay === true ? await spool.replayDeadLetters() : 0;

  const totals = { read: 0, stored: 0 };
  let problem: string | undefined;
  let waiting: Awaited<ReturnType<typeof countWaiting>>;
  let isLeftToAnother = false;
  // Rows may come at the same time: from a hook, the collector, or an alert that the delivered rows set off.
  for (let turn = 1; ; turn += 1) {
    const report = await drainNow(config);
    waiting = await countWaiting(paths);
    if (report.busy) {
      if (turn === 1) throw drainIsBusy();
      // What waited at first is delivered; a drain that runs takes what came since.
      isLeftToAnother = true;
      break;
    }
    totals.read += report.events;
    totals.stored += report.stored;
    problem = report.problem?.message;
    if (problem !== undefined || turn === TURNS || waiting.segments + waiting.events === 0) break;
  }
  const { deadLetters } = waiting;
  const { events, segments } = isLeftToAnother ? { events: 0, segments: 0 } : waiting;
  const done = [`${totals.read} events read`, `${totals.stored} rows stored`];
  if (replayed > 0) done.push(`${replayed} dead letters tried again`);
  if (isLeftToAnother) done.push('another drain delivers what came since');
  print(`flush: ${done.join(', ')}`);
  const left = [
    segments > 0 ? `${segments} ${segments === 1 ? 'batch' : 'batches'} not delivered` : '',
    events > 0 ? `${events} ${events === 1 ? 'event' : 'events'} not read` : '',
    deadLetters > 0
      ? `${deadLetters} ${deadLetters === 1 ? 'row' : 'rows'} refused (atel status names the reasons, atel flush --replay tries again)`
      : '',
  ].filter((part) => part !== '');
  if (left.length > 0) {
    throw new CommandError(`${left.join(', ')}${problem === undefined ? '' : `: ${problem}`}`);
  }
}

/** Whether a path does not exist. If it cannot be read, whoever needs it will report that. */
function isMissing(path: string): Promise<boolean> {
  return stat(path).then(() => false, isMissingFile);
}
