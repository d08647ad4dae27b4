/** Identifies the store that a backfill fills, because what was read is only known to be in that store. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from '../base/config.js';
import { asText, parseObject } from '../base/json/json.js';
import type { HomePaths } from '../base/home.js';

/**
 * The id of the configured store: of the embedded store's folder, or of the workspace at the address. Null if the
 * embedded store does not exist yet, or if its file cannot be read.
 */
export function storeIdOf(config: Config, { storeId }: HomePaths): string | null {
  if (!config.local) return workspaceOf(config.append_token);
  try {
    const id = readFileSync(storeId, 'utf8').trim();
    return id === '' ? null : id;
  } catch {
    // The file does not exist or cannot be read.
    return null;
  }
}

/** A Tinybird token contains the id of its workspace. For other tokens, each token counts as a workspace of its own. */
function workspaceOf(token: string): string {
  const [, payload = ''] = token.split('.');
  const id = asText(parseObject(Buffer.from(payload, 'base64url').toString('utf8'))?.u);
  if (id !== undefined) return `workspace ${id}`;
  return `token ${createHash('sha256').update(token).digest('hex').slice(0, 16)}`;
}
