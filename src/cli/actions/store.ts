/** `atel store`: copies the embedded store, puts a copy back, compacts it, and removes what is too old. */
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Config } from '../../base/config.js';
import { plural } from '../../base/format/counts.js';
import { homePaths } from '../../base/home.js';
import { leadsInto } from '../../base/real-path.js';
import { ensureServer } from '../../drain/server.js';
import { whileNoDrain } from '../../drain/while-no-drain.js';
import { backUp, putBack } from '../../local/backup.js';
import { ownerOf } from '../../local/lock.js';
import { askAdmin } from '../../store/admin-call.js';
import { adminTarget } from '../shared/admin-target.js';
import { CommandError } from '../shared/command-error.js';
import { UsageError } from '../shared/options.js';
import { drainIsBusy, reported } from '../shared/reported.js';
import { countExpired, removeExpired } from '../shared/retention.js';
import { run as down } from './down.js';
import { run as up } from './up.js';
import type { store } from '../commands/store.js';
import type { OptionsOf, Outside } from '../shared/command.js';

type StoreOptions = OptionsOf<typeof store.flags>;

const actions = ['backup', 'restore', 'compact', 'prune'] as const;

/** Runs one of the actions. @throws {CommandError} if the store or its folder does not allow it */
export async function run(
  options: StoreOptions,
  outside: Outside,
  what: string,
  dir: string | undefined,
): Promise<void> {
  const action = actions.find((known) => known === what);
  if (action === undefined) throw new UsageError(`store takes ${actions.join(', ')}, not "${what}"`);
  const needsFolder = action === 'backup' || action === 'restore';
  if (needsFolder && dir === undefined) throw new UsageError(`store ${action} takes a folder`);
  if (!needsFolder && dir !== undefined) throw new UsageError(`store ${action} takes no folder`);
  if (action !== 'prune' && options.dryRun === true)
    throw new UsageError('--dry-run is for atel store prune');
  const config = outside.config();
  if (action === 'prune') await reported(() => prune(config, options, outside));
  else if (!config.local)
    throw new CommandError(
      `The store is ${config.tinybird_url}: atel store ${action} is for the embedded store`,
    );
  else if (dir === undefined) await reported(() => compact(config, outside));
  else if (action === 'backup' && leadsInto(dir, config.home))
    throw new CommandError(
      `${resolve(dir)} is inside the telemetry folder (${config.home}), which is deleted with all data: name a folder elsewhere`,
    );
  else
    await reported(() =>
      whileStopped(config, outside, () => copy(action === 'backup', config, resolve(dir), outside)),
    );
}

async function copy(isBackup: boolean, config: Config, folder: string, { print }: Outside): Promise<void> {
  const { store: data } = homePaths(config.home);
  if (isBackup) {
    const { files, bytes } = await backUp(data, folder);
    print(`Backed up ${plural(files, 'file')} (${plural(bytes, 'byte')}) to ${folder}`);
    return;
  }
  const { files, bytes, madeAt, replaced } = await putBack(folder, data);
  print(
    `Restored ${plural(files, 'file')} (${plural(bytes, 'byte')}) from the backup of ${madeAt}; all were checked`,
  );
  if (replaced !== null)
    print(`The store of before is kept in ${replaced}: delete it when you no longer need it`);
  print('Sessions since the backup: atel backfill reads those that still have transcripts.');
}

/** Runs some work while neither the store nor a drain runs. A store that ran is started again, also after a failure. */
async function whileStopped(config: Config, outside: Outside, work: () => Promise<void>): Promise<void> {
  const paths = homePaths(config.home);
  const done = await whileNoDrain(paths, async () => {
    // Not before the wait: the drain that is waited for may have started it.
    const isRunning = ownerOf(paths.store) !== undefined;
    if (isRunning) await down({}, outside);
    try {
      await work();
    } finally {
      if (isRunning) await up({ detach: true }, outside);
    }
    return true;
  });
  if (done === undefined) throw drainIsBusy();
}

const listed = z.object({ datasources: z.array(z.object({ name: z.string() })) });

async function compact(config: Config, { print }: Outside): Promise<void> {
  await ensureServer(config, homePaths(config.home));
  const target = adminTarget(process.env);
  const { datasources } = await askAdmin(target, '/v0/datasources', listed);
  for (const { name } of datasources)
    await askAdmin(target, `/v0/datasources/${name}/compact`, z.object({}), { method: 'POST' });
  print(
    `Compacted ${plural(datasources.length, 'table')}. The engine deletes the files of before within ten minutes.`,
  );
}

async function prune(config: Config, { dryRun }: StoreOptions, { print }: Outside): Promise<void> {
  if (config.local) await ensureServer(config, homePaths(config.home));
  const target = adminTarget(process.env);
  const now = Date.now();
  const isDry = dryRun === true;
  const found = isDry ? await countExpired(config, target, now) : await removeExpired(config, target, now);
  for (const { table, rows } of found.filter((one) => one.rows > 0))
    print(`${table}: ${plural(rows, 'row')}`);
  const rows = found.reduce((sum, one) => sum + one.rows, 0);
  const done = isDry ? 'would be removed (dry run)' : 'removed for good';
  print(`${plural(rows, 'row')} ${done}: ${limits(config)}`);
}

function limits({ retention_days: ofAll, contents_days: ofTexts }: Config): string {
  const days = (limit: number | null) => (limit === null ? 'for ever' : `for ${plural(limit, 'day')}`);
  return `rows are kept ${days(ofAll)} (retention_days), texts ${days(ofTexts)} (contents_days)`;
}
