/** `atel up` with a store elsewhere, such as Tinybird Cloud: serves the collector, the API and the page of this machine. */
import { join } from 'node:path';
import { remoteWrites } from '../../api/index.js';
import type { Config } from '../../base/config.js';
import type { HomePaths } from '../../base/home.js';
import { programFolder } from '../../base/program-folder.js';
import { DrainKicker } from '../../drain/kicker.js';
import { limitLog } from '../../drain/log.js';
import { configuredClient } from '../../store/client.js';
import { readCatalogue } from '../shared/catalogue.js';
import type { Outside } from '../shared/command.js';
import { endWithin, stopSignal } from '../shared/end.js';
import { serveBeside } from '../shared/listeners.js';

/** How long this process may still run after a signal, milliseconds: a question may take longer. */
const STOP_LIMIT_MS = 4_000;
/** How often it looks for payloads that no drain has taken, milliseconds. */
const SWEEP_MS = 30_000;

/**
 * Serves until a signal. Nothing here needs the store: while it does not answer, events wait in the spool, and the page
 * says what is wrong.
 *
 * @param traces the settings with the endpoint for traces; undefined if none are sent
 */
export async function serveOver(
  config: Config,
  paths: HomePaths,
  traces: (Config & { otel_endpoint: string }) | undefined,
  { print, complain }: Pick<Outside, 'print' | 'complain'>,
): Promise<void> {
  const stopped = stopSignal().then(() => endWithin(STOP_LIMIT_MS));
  const tables = (await readCatalogue(join(programFolder, 'catalogue.json')))
    .filter(({ filename }) => filename.endsWith('.datasource'))
    .map(({ filename }) => filename.replace(/\.datasource$/, ''));
  const drains = new DrainKicker(paths, programFolder);
  const store = {
    url: config.tinybird_url,
    writes: remoteWrites(configuredClient(config), tables),
    countsAll: false,
  };
  const beside = await serveBeside(store, config, paths, drains, traces, complain);
  print(
    `ready: ${[...beside.addresses, `data goes to ${config.tinybird_url}`].join(', ')}, spool in ${paths.home}`,
  );
  const sweep = setInterval(() => {
    limitLog(paths);
    void drains.ifAnythingWaits();
  }, SWEEP_MS);
  void drains.ifAnythingWaits();
  await stopped;
  clearInterval(sweep);
  await beside.close();
}
