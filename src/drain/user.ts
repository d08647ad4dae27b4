/** The user whose machine records: a hash by a key that never leaves their telemetry folders. */
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { link, rm, writeFile } from 'node:fs/promises';
import { uniqueSuffix } from '../base/files.js';
import { readRegular } from '../base/regular-file/open.js';
import { isMissingFile } from '../base/missing-file.js';

/**
 * The user's id, made from the key in a file. The key is random and made once. A user with two machines copies it from
 * one to the other, and both have the same id from then on. A key that cannot be read, or is none, stays as it is: the
 * user is unknown until it is mended or removed, because a new key would be a new user.
 *
 * @returns the id; empty if it is unknown
 */
export async function userOf(keyFile: string): Promise<string> {
  const known = keyIn(keyFile);
  if (known !== undefined) return known === '' ? '' : idOf(known);
  const own = `${keyFile}.${uniqueSuffix()}`;
  try {
    await writeFile(own, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    // If another process makes one at the same time, the first one stays.
    await link(own, keyFile);
  } catch {
    // What is there now counts.
  }
  await rm(own, { force: true }).catch(() => undefined);
  const kept = keyIn(keyFile) ?? '';
  return kept === '' ? '' : idOf(kept);
}

/** The key in a file; empty if it cannot be read or is none, undefined if there is no file. */
function keyIn(file: string): string | undefined {
  try {
    const text = readRegular(file).trim().toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(text)) return '';
    // A copied file may have got the rights of any other.
    chmodSync(file, 0o600);
    return text;
  } catch (error) {
    return isMissingFile(error) ? undefined : '';
  }
}

function idOf(key: string): string {
  return createHmac('sha256', Buffer.from(key, 'hex')).update('user').digest('hex').slice(0, 12);
}
