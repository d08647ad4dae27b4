/** The user whose machine records: a hash by a key that never leaves their telemetry folders. */
import { createHmac, randomBytes } from 'node:crypto';
import { rm, rename, writeFile } from 'node:fs/promises';
import { uniqueSuffix } from '../base/files.js';
import { textOrEmpty } from '../base/regular-file/open.js';

/**
 * The user's id, made from the key in a file. The key is random and made once; a damaged one is replaced. A user with
 * two machines copies it from one to the other, and both have the same id from then on.
 */
export async function userOf(keyFile: string): Promise<string> {
  const known = keyIn(keyFile);
  if (known !== undefined) return idOf(known);
  const key = randomBytes(32).toString('hex');
  const own = `${keyFile}.${uniqueSuffix()}`;
  try {
    await writeFile(own, `${key}\n`, { mode: 0o600, flag: 'wx' });
    // If another process makes one at the same time, the later one stays.
    await rename(own, keyFile);
  } catch {
    await rm(own, { force: true });
  }
  // Unknown if it could not be kept: the next drain would make another one.
  const kept = keyIn(keyFile);
  return kept === undefined ? '' : idOf(kept);
}

function keyIn(file: string): string | undefined {
  const text = textOrEmpty(file).trim();
  return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}

function idOf(key: string): string {
  return createHmac('sha256', Buffer.from(key, 'hex')).update('user').digest('hex').slice(0, 12);
}
