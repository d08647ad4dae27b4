/** `atel privacy purge`: removes the texts that were kept above a tier. */
import { withoutRefill } from '../../backfill/follow-store.js';
import { rm } from 'node:fs/promises';
import { plural } from '../../base/format/counts.js';
import { homePaths } from '../../base/home.js';
import { forgetAside } from '../../drain/aside.js';
import { ensureServer } from '../../drain/server.js';
import { whileNoDrain } from '../../drain/while-no-drain.js';
import { copiesBeside } from '../../local/backup.js';
import { configuredSpool } from '../../spool/configured.js';
import type { Spool } from '../../spool/spool.js';
import { countQuarantined, countRemovable, emptyQuarantine, removeRows } from '../../store/removal.js';
import { adminTarget } from '../shared/admin-target.js';
import { UsageError } from '../shared/options.js';
import { drainIsBusy, reported } from '../shared/reported.js';
import { here, type Person } from '../shared/person.js';
import type { privacy } from '../commands/privacy.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/**
 * Removes the texts of the tiers above one from the store, from the spool and from the dead letters, and says how many.
 * What may hold a text and cannot be told by tier goes as a whole: quarantined rows, damaged rows and damaged payloads.
 *
 * @throws {CommandError} if the store does not do it: then nothing is removed, not even from the spool
 */
export async function purge(
  { above, dryRun, yes, copies }: OptionsOf<typeof privacy.flags>,
  { config: settings, print }: Outside,
  person: Person = here,
): Promise<void> {
  if (above !== '1' && above !== '2')
    throw new UsageError(
      `privacy purge takes --above 1 or --above 2${above === undefined ? '' : `, not ${above}`}`,
    );
  const config = settings();
  const paths = homePaths(config.home);
  if (config.local) await ensureServer(config, paths);
  const target = adminTarget(process.env);
  const condition = `tier > ${above}`;
  const stored = await reported(() => countRemovable(target, TABLE, condition));
  const quarantined = await reported(() => countQuarantined(target, TABLE));
  const replaced = config.local ? await copiesBeside(paths.store) : [];
  if (dryRun === true) {
    print(`privacy: ${plural(stored, 'text')} above tier ${above} would be removed from the store (dry run)`);
    if (quarantined > 0) print(`${plural(quarantined, 'quarantined row')} would be removed, too`);
    tellCopies(replaced, print);
    return;
  }
  if (yes !== true && !(await isSure(person, stored, above))) {
    print('privacy: nothing was removed');
    return;
  }
  const spool = configuredSpool(config);
  const removed = await reported(() =>
    withoutRefill(config, () =>
      whileNoDrain(paths, async () => ({
        rows: await removeRows(target, TABLE, condition),
        quarantined: await emptyQuarantine(target, TABLE),
        waiting: await purgeWaiting(spool, Number(above)),
        payloads: await forgetAside(paths.inbox),
      })),
    ),
  );
  if (removed === undefined) throw drainIsBusy();
  const { rows, waiting, payloads } = removed;
  print(
    `privacy: ${plural(rows, 'text')} above tier ${above} removed from the store, ${plural(waiting, 'row')} from what waited for it`,
  );
  if (config.local && rows > 0)
    print('The engine deletes the files of these texts within ten minutes, while the store runs.');
  if (removed.quarantined > 0) print(`${plural(removed.quarantined, 'quarantined row')} removed`);
  if (payloads > 0) print(`${plural(payloads, 'damaged payload')} removed from the inbox`);
  if (copies === true) {
    for (const folder of replaced) await rm(folder, { recursive: true, force: true });
    if (replaced.length > 0)
      print(`${plural(replaced.length, 'replaced store')} removed: ${replaced.join(', ')}`);
  } else tellCopies(replaced, print);
  const highest = Math.max(config.privacy_tier, ...Object.values(config.project_tiers));
  if (highest > Number(above))
    print(
      `Texts of new events are still kept: ${config.file} has tier ${highest} (privacy_tier, project_tiers).`,
    );
}

/** The table that holds texts. */
const TABLE = 'contents';

/** A copy of a store cannot be purged: it goes as a whole, or stays. */
function tellCopies(folders: readonly string[], print: (line: string) => void): void {
  if (folders.length === 0) return;
  print(`These copies of the store may still hold texts: ${folders.join(', ')}`);
  print('Remove them with atel privacy purge --copies, or delete the folders.');
}

async function isSure(person: Person, stored: number, above: string): Promise<boolean> {
  if (!person.isThere)
    throw new UsageError('privacy purge removes for good: it needs --yes without a terminal');
  const answer = await person.ask(
    `Remove ${plural(stored, 'text')} above tier ${above} from the store, and what waits for it, for good? [y/N] `,
  );
  return /^y(es)?$/i.test(answer.trim());
}

/** Also removes what is damaged and may hold a text. A file holds texts of all tiers, so it goes as a whole. */
function purgeWaiting(spool: Spool, above: number): Promise<number> {
  return spool.purgeRows(
    ({ table, row }) => table === '' || (table === 'contents' && (row === null || Number(row.tier) > above)),
  );
}
