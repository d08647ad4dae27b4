/** The folders in which Claude Code keeps its transcripts. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Where to look for Claude Code's folders; tests pass their own. */
export interface RootSources {
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
}

/**
 * The folders in which Claude Code keeps its transcripts: below each folder of CLAUDE_CONFIG_DIR (separated by commas),
 * else below `~/.claude` and `$XDG_CONFIG_HOME/claude`. They need not exist.
 */
export function transcriptRoots({ env, homeDir }: RootSources): string[] {
  const named = (env.CLAUDE_CONFIG_DIR ?? '')
    .split(',')
    .map((folder) => folder.trim())
    .filter((folder) => folder !== '');
  const configured = env.XDG_CONFIG_HOME ?? '';
  const xdg = configured === '' ? join(homeDir, '.config') : configured;
  const folders = named.length > 0 ? named : [join(homeDir, '.claude'), join(xdg, 'claude')];
  return [...new Set(folders.map((folder) => join(folder, 'projects')))];
}

/** The folders that the roots really are, each once: two of them may be links to one, or one a link to the other. */
export function realRoots(roots: readonly string[]): string[] {
  return [...new Set(roots.map(realPath))];
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // It does not exist yet, or cannot be read.
    return folder;
  }
}
