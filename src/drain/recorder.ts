import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { textOrEmpty } from '../base/regular-file/open.js';
import type { Recorder } from '../signals/row.js';
import { uniqueSuffix } from '../base/files.js';

/**
 * Who records: this machine, under a random id that is made once, at the tier in force. An id that is damaged is
 * replaced: rows are known by what happened and not by the device, so no total changes.
 */
export async function liveRecorder(deviceFile: string, privacyTier: number): Promise<Recorder> {
  const known = deviceIn(deviceFile);
  if (known !== undefined) return { device: known, privacyTier, origin: 'live' };
  const device = randomUUID().slice(0, 8);
  await keep(device, deviceFile).catch(() => undefined);
  return { device: deviceIn(deviceFile) ?? device, privacyTier, origin: 'live' };
}

/** The id that a file holds; undefined where it holds anything else. */
function deviceIn(file: string): string | undefined {
  const text = textOrEmpty(file).trim();
  return /^[\w.-]{1,64}$/.test(text) ? text : undefined;
}

async function keep(device: string, file: string): Promise<void> {
  const own = `${file}.${uniqueSuffix()}`;
  await writeFile(own, device, { mode: 0o600, flag: 'wx' });
  // What is there and is no id goes; where another process makes one at this moment, the later stays.
  await rename(own, file).catch(async (error: unknown) => {
    await rm(own, { force: true });
    throw error;
  });
}
