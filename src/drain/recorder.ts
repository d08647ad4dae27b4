/** The recorder of live rows: this machine's device id, the privacy tier and the prices that apply. */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { textOrEmpty } from '../base/regular-file/open.js';
import type { Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';
import { priceTerms } from '../signals/price-terms.js';
import type { Recorder } from '../signals/row.js';
import { uniqueSuffix } from '../base/files.js';

/**
 * The device id is random and made once. A damaged one is replaced: rows are identified by what happened and not by the
 * device, so no total changes.
 */
export async function liveRecorder(paths: HomePaths, config: Config): Promise<Recorder> {
  const constant = {
    privacyTier: config.privacy_tier,
    origin: 'live',
    prices: priceTerms(config, paths),
  } as const;
  const known = deviceIn(paths.device);
  if (known !== undefined) return { device: known, ...constant };
  const device = randomUUID().slice(0, 8);
  await keep(device, paths.device).catch(() => undefined);
  return { device: deviceIn(paths.device) ?? device, ...constant };
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
