import type { TinybirdClient } from '../store/client.js';
import { privateFolder, writeDurably } from '../base/files.js';
import { contextFile, type CachedContext } from '../hooks/context-cache.js';

/** Asks for the projects' contexts, and for all of them together, and keeps the answers for SessionStart. */
export async function refreshContexts(
  folder: string,
  client: TinybirdClient,
  projects: Iterable<string>,
): Promise<void> {
  await privateFolder(folder);
  for (const project of new Set(['', ...projects])) {
    // No older answer will do, but the store may keep this one for the session that starts next.
    const [context] = await client.usageContext.query(project === '' ? { days: 7 } : { days: 7, project }, {
      maxAgeSeconds: 0,
    });
    if (context === undefined) continue;
    const cached: CachedContext = { at: Date.now(), context };
    await writeDurably(contextFile(folder, project), JSON.stringify(cached));
  }
}
