/** `atel reprice`: computes the costs of stored requests again. */
import type { Config } from '../../base/config.js';
import { grouped, plural } from '../../base/format/counts.js';
import { usd } from '../../base/format/money.js';
import { homePaths } from '../../base/home.js';
import { drainNow } from '../../drain/drain-now.js';
import { countWaiting } from '../../drain/waiting.js';
import { learnPrices } from '../../prices/learn.js';
import { repriceRequests, repriceSummaries, type Repriced } from '../../prices/reprice.js';
import { keepLearnt, termsAndLearnt, withLearnt } from '../../prices/terms.js';
import { configuredSpool } from '../../spool/configured.js';
import { Asker } from '../shared/asker.js';
import { CommandError } from '../shared/command-error.js';
import { drainIsBusy } from '../shared/reported.js';
import { plain } from '../render/text.js';
import type { reprice } from '../commands/reprice.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/**
 * Computes the price of every stored request again, stores what changed, and prints how many rows and how much money
 * that is. Learns prices of new models first. What is waiting is stored before, so that it is computed again, too.
 */
export async function run(
  { dryRun }: OptionsOf<typeof reprice.flags>,
  { config: settings, print }: Outside,
): Promise<void> {
  const config = settings();
  const paths = homePaths(config.home);
  const asker = new Asker(config);
  const store = { sql: (query: string) => asker.sql(query) };
  const isDry = dryRun === true;
  // The question starts the store if it sleeps.
  await asker.sql('SELECT 1 AS one FORMAT JSON');
  if (!isDry) await deliver(config);

  const { terms: known } = termsAndLearnt(config, paths);
  const learnt = await learnPrices(store, known, new Date());
  for (const [model, { rates, from, confirmed }] of Object.entries(learnt)) {
    const parts = Object.entries(rates).flatMap(([name, rate]) => (rate === null ? [] : `${name} ${rate}`));
    print(
      `learnt ${plain(model)}: ${parts.join(', ')} USD per million tokens, solved from ${from} figures of the client and confirmed by ${confirmed}`,
    );
  }
  const terms = withLearnt(known, learnt);
  if (!isDry && Object.keys(learnt).length > 0) await keepLearnt(paths, learnt);

  const spool = isDry ? null : configuredSpool(config);
  const done = await repriceRequests(store, terms, spool, Date.now());
  if (!isDry && done.rows > 0) await deliver(config);
  const summaries = isDry ? done.sessions.size : await repriceSummaries(store, spool);
  if (!isDry && summaries > 0) await deliver(config);
  print(report(done, summaries, isDry));
}

function report(done: Repriced, summaries: number, isDry: boolean): string {
  const { requests, changed, gained, lost, before, after, rows } = done;
  const what = isDry ? 'reprice (dry run)' : 'reprice';
  if (rows === 0 && summaries === 0)
    return `${what}: ${plural(requests, 'request')}, every cost is as it is computed today`;
  const kinds = [
    gained > 0 ? `${grouped(gained)} had none` : '',
    lost > 0 ? `${grouped(lost)} ${lost === 1 ? 'has' : 'have'} none now` : '',
  ].filter((kind) => kind !== '');
  const difference = after - before;
  const sum = `their sum ${isDry ? 'would change' : 'changed'} by ${difference < 0 ? '' : '+'}${usd(difference)} USD, from ${usd(before)} to ${usd(after)}`;
  const stored = `${plural(rows, 'row')} and ${summaries === 1 ? '1 session summary' : `${grouped(summaries)} session summaries`} ${isDry ? 'would be stored' : 'stored'} again`;
  return `${what}: ${grouped(changed)} of ${plural(requests, 'request')} ${isDry ? 'would get' : 'got'} another cost${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}; ${sum}; ${stored}`;
}

/** Stores what is waiting. @throws {CommandError} if something could not be stored */
async function deliver(config: Config): Promise<void> {
  const report = await drainNow(config);
  if (report.busy) throw drainIsBusy();
  const { segments } = await countWaiting(homePaths(config.home));
  if (segments > 0) {
    const why = report.problem === null ? '' : `: ${report.problem.message}`;
    throw new CommandError(
      `${segments === 1 ? '1 batch' : `${grouped(segments)} batches`} could not be stored${why}; repeat atel reprice when atel status is well`,
    );
  }
}
