/** `atel privacy purge`: removes the texts that were kept above a tier. */
import { withoutRefill } from '../../backfill/follow-store.js';
import { plural } from '../../base/format/counts.js';
import { homePaths } from '../../base/home.js';
import { ensureServer } from '../../drain/server.js';
import { whileNoDrain } from '../../drain/while-no-drain.js';
import { configuredSpool } from '../../spool/configured.js';
import type { Spool } from '../../spool/spool.js';
import { countRemovable, removeRows } from '../../store/removal.js';
import { StoreError } from '../../store/store-error.js';
import { adminTarget } from '../shared/admin-target.js';
import { CommandError } from '../shared/command-error.js';
import { UsageError } from '../shared/options.js';
import { here, type Person } from '../shared/person.js';
import type { privacy } from '../commands/privacy.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/**
 * Removes the texts of the tiers above one from the store, from the spool and from the dead letters, and says how many.
 *
 * @throws {CommandError} if the store does not do it: then nothing is removed, not even from the spool
 */
export async function purge(
  { above, dryRun, yes }: OptionsOf<typeof privacy.flags>,
  { config: settings, print }: Outside,
  person: Person = here,
): Promise<void> {
  if (above !== '1' && above !== '2')
    throw new UsageError(
      `privacy purge takes --above 1 or --above 2${above === undefined ? '' : `, not ${above}`}`,
    );
  const config = settings();
  if (config.local) await ensureServer(config, homePaths(config.home));
  const target = adminTarget(process.env);
  const condition = `tier > ${above}`;
  const asked = async <T>(work: () => Promise<T>) =>
    work().catch((error: unknown) => {
      throw error instanceof StoreError ? new CommandError(error.message, { cause: error }) : error;
    });
  const stored = await asked(() => countRemovable(target, 'contents', condition));
  if (dryRun === true) {
    print(`privacy: ${plural(stored, 'text')} above tier ${above} would be removed from the store (dry run)`);
    return;
  }
  if (yes !== true && !(await isSure(person, stored, above))) {
    print('privacy: nothing was removed');
    return;
  }
  const spool = configuredSpool(config);
  const removed = await whileNoDrain(homePaths(config.home), async () => ({
    rows: await asked(() => withoutRefill(config, () => removeRows(target, 'contents', condition))),
    waiting: await purgeWaiting(spool, Number(above)),
  }));
  if (removed === undefined)
    throw new CommandError('A drain has been running for a minute; try again later.');
  const { rows, waiting } = removed;
  print(
    `privacy: ${plural(rows, 'text')} above tier ${above} removed from the store, ${plural(waiting, 'row')} from what waited for it`,
  );
  const highest = Math.max(config.privacy_tier, ...Object.values(config.project_tiers));
  if (highest > Number(above))
    print(
      `Texts of new events are still kept: ${config.file} has tier ${highest} (privacy_tier, project_tiers).`,
    );
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
