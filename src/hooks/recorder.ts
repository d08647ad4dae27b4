import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Recorder } from '../signals/row.js';

/** Who records: this machine, under a random id that is made once, at the tier in force. */
export async function liveRecorder(deviceFile: string, privacyTier: number): Promise<Recorder> {
  const known = (await readFile(deviceFile, 'utf8').catch(() => '')).trim();
  if (known !== '') return { device: known, privacyTier, origin: 'live' };
  const device = randomUUID().slice(0, 8);
  await writeFile(deviceFile, device, { mode: 0o600, flag: 'wx' }).catch(() => undefined);
  const settled = (await readFile(deviceFile, 'utf8').catch(() => device)).trim();
  return { device: settled === '' ? device : settled, privacyTier, origin: 'live' };
}
