/** Which store it is that a backfill fills: what was read is known of one store, and another has nothing of it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';

/**
 * The id of the store that the settings name: that of the embedded store's folder, or of the workspace at the address.
 * Null where the embedded store has not been made yet, or is not ours.
 */
export function storeIdOf(config: Config, { storeId }: HomePaths): string | null {
  if (!config.local) return workspaceOf(config.append_token);
  try {
    const id = readFileSync(storeId, 'utf8').trim();
    return id === '' ? null : id;
  } catch {
    // Not there.
    return null;
  }
}

/** A token of Tinybird says which workspace it is of. Of any other, another token counts as another workspace. */
function workspaceOf(token: string): string {
  try {
    const [, payload = ''] = token.split('.');
    const { u } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { u?: unknown };
    if (typeof u === 'string' && u !== '') return `workspace ${u}`;
  } catch {
    // Not a token of that kind.
  }
  return `token ${createHash('sha256').update(token).digest('hex').slice(0, 16)}`;
}
