/** The recorder of live rows: the ids of this machine and of its user, the privacy tier and the prices that apply. */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { textOrEmpty } from '../base/regular-file/open.js';
import { ConfigError, loadConfig, type Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';
import { priceTerms } from '../signals/price-terms.js';
import { listOnly } from '../signals/pricing.js';
import type { Recorder } from '../signals/row.js';
import { uniqueSuffix } from '../base/files.js';
import { userOf } from './user.js';

/**
 * The device id is random and made once. A damaged one is replaced: rows are identified by what happened and not by the
 * device, so no total changes.
 */
export async function liveRecorder(paths: HomePaths, config: Config): Promise<Recorder> {
  const constant = {
    privacyTier: config.privacy_tier,
    projectTiers: config.project_tiers,
    origin: 'live',
    prices: priceTerms(config, paths),
    knownTiers: paths.knownTiers,
    qualityCommands: config.quality_commands,
    user: await userOf(paths.userKey),
  } as const;
  const known = deviceIn(paths.device);
  if (known !== undefined) return { device: known, ...constant };
  const device = randomUUID().slice(0, 8);
  await keep(device, paths.device).catch(() => undefined);
  return { device: deviceIn(paths.device) ?? device, ...constant };
}

/** How often a process that runs on looks whether prices have changed, milliseconds. */
const LOOK_MS = 1_000;

/** The same recorder, whose prices are at each moment those of the settings file and of what was learnt. */
export function withCurrentPrices(
  recorder: Recorder,
  paths: HomePaths,
  { file }: Config,
  load: () => Config = loadConfig,
): Recorder {
  const stamps = () =>
    [file, paths.learntPrices].map((one) => statSync(one, { throwIfNoEntry: false })?.mtimeMs).join();
  let prices = recorder.prices ?? listOnly;
  let known = stamps();
  let lookedAt = Date.now();
  const { device, user, privacyTier, projectTiers, origin, qualityCommands } = recorder;
  return {
    device,
    privacyTier,
    ...(user !== undefined && { user }),
    ...(projectTiers !== undefined && { projectTiers }),
    ...(qualityCommands !== undefined && { qualityCommands }),
    origin,
    get prices() {
      const now = Date.now();
      if (now - lookedAt < LOOK_MS) return prices;
      lookedAt = now;
      const found = stamps();
      if (found === known) return prices;
      try {
        prices = priceTerms(load(), paths);
        known = found;
      } catch (error) {
        // Settings that are wrong at the moment: those of before stay.
        if (!(error instanceof ConfigError)) throw error;
      }
      return prices;
    },
  };
}

/** The id in a file; undefined if the file holds anything else. */
function deviceIn(file: string): string | undefined {
  const text = textOrEmpty(file).trim();
  return /^[\w.-]{1,64}$/.test(text) ? text : undefined;
}

async function keep(device: string, file: string): Promise<void> {
  const own = `${file}.${uniqueSuffix()}`;
  await writeFile(own, device, { mode: 0o600, flag: 'wx' });
  // Replaces a file without a valid id. If another process makes one at the same time, the later one stays.
  await rename(own, file).catch(async (error: unknown) => {
    await rm(own, { force: true });
    throw error;
  });
}
