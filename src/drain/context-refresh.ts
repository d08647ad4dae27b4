/** Refreshes the cached answers for SessionStart after a delivery. */
import type { TinybirdClient } from '../store/client-types.js';
import { privateFolder, writeDurably } from '../base/files.js';
import { contextFile, type CachedContext } from '../hooks/context-cache.js';

/**
 * Asks the store for the context of each project, and of all projects together, and caches the answers for
 * SessionStart.
 */
export async function refreshContexts(
  folder: string,
  client: TinybirdClient,
  projects: Iterable<string>,
): Promise<void> {
  await privateFolder(folder);
  for (const project of new Set(['', ...projects])) {
    // An older cached answer is not good enough, but the store may cache this one for the next session that starts.
    const [context] = await client.usageContext.query(project === '' ? { days: 7 } : { days: 7, project }, {
      maxAgeSeconds: 0,
    });
    if (context === undefined) continue;
    const cached: CachedContext = { at: Date.now(), context };
    await writeDurably(contextFile(folder, project), JSON.stringify(cached));
  }
}
