/** The folders in which Claude Code keeps its transcripts. */
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Where to look for Claude Code's folders; tests pass their own. */
export interface RootSources {
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
}

/**
 * The folders in which Claude Code keeps its transcripts: below each folder of CLAUDE_CONFIG_DIR (separated by commas),
 * else below `~/.claude` and `$XDG_CONFIG_HOME/claude`, which need not exist, and those of Claude Desktop's local agents.
 */
export function transcriptRoots({ env, homeDir }: RootSources): string[] {
  const named = (env.CLAUDE_CONFIG_DIR ?? '')
    .split(',')
    .map((folder) => folder.trim())
    .filter((folder) => folder !== '');
  const configured = env.XDG_CONFIG_HOME ?? '';
  const xdg = configured === '' ? join(homeDir, '.config') : configured;
  const folders =
    named.length > 0
      ? named
      : [join(homeDir, '.claude'), join(xdg, 'claude'), ...desktopFolders({ env, homeDir }, xdg)];
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

/**
 * The Claude Code folders of Claude Desktop's local agents (Cowork), one per session:
 * `APP/local-agent-mode-sessions/ORGANIZATION/ACCOUNT/local_ID/.claude`, in newer releases with the folder `agent` below
 * the account. Transcripts are those of Claude Code.
 *
 * Source: descriptions by authors of other readers (rajbos/ai-engineering-fluency#572, skillsynchq/txcript#9,
 * kenn-io/agentsview#681); we have no capture.
 */
function desktopFolders({ env, homeDir }: RootSources, xdg: string): string[] {
  const packages = join(env.LOCALAPPDATA ?? join(homeDir, 'AppData', 'Local'), 'Packages');
  const apps = [
    join(homeDir, 'Library', 'Application Support', 'Claude'),
    join(xdg, 'Claude'),
    join(env.APPDATA ?? join(homeDir, 'AppData', 'Roaming'), 'Claude'),
    ...foldersIn(packages)
      .filter((name) => name.startsWith('Claude_'))
      .map((name) => join(packages, name, 'LocalCache', 'Roaming', 'Claude')),
  ];
  return apps.flatMap((app) => agentFolders(join(app, 'local-agent-mode-sessions'), 3));
}

/** The folders `local_ID/.claude` at most so many levels down. */
function agentFolders(folder: string, levels: number): string[] {
  return foldersIn(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name.startsWith('local_')) return foldersIn(path).includes('.claude') ? [join(path, '.claude')] : [];
    return levels === 0 ? [] : agentFolders(path, levels - 1);
  });
}

/** Names of the folders in a folder, sorted; none if it cannot be listed. */
function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
