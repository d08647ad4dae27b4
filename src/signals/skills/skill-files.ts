/** Looks up skills in the file system. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { mainRoot, withParents } from '../project.js';
import { isMcpPrompt } from './mcp-prompt.js';

/** The folders where skills are looked up. */
export interface SkillRoots {
  /** The session's working directory. */
  cwd: string;
  /** The client's config folder, usually `~/.claude`. */
  configDir: string;
}

/**
 * Whether a typed `/name` is a skill: a SKILL.md under that name exists in the project's, the user's or a plugin's
 * folder. Any other name is a command. `dir/sub:skill` names a nested folder.
 */
export function isSkill(name: string, roots: SkillRoots): boolean {
  return isInstalled(name, roots, (plain) => [join('skills', plain, 'SKILL.md')]);
}

/**
 * Whether a typed `/name` is a command and no skill: a prompt of an MCP server, or a Markdown file of the project's, the
 * user's or a plugin's folder `commands`. `dir:name` may name a folder in it.
 */
export function isCommand(name: string, roots: SkillRoots): boolean {
  return (
    isMcpPrompt(name) ||
    isInstalled(name, roots, (plain) => [
      join('commands', `${plain}.md`),
      join('commands', `${name.replaceAll(':', '/')}.md`),
    ])
  );
}

/** Whether one of the client's folders of this project, the user or the name's plugin has one of the files. */
function isInstalled(name: string, roots: SkillRoots, filesOf: (plain: string) => string[]): boolean {
  if (!/^[\w.:/ -]+$/.test(name) || name.includes('..')) return false;
  const files = filesOf(name.slice(name.lastIndexOf(':') + 1));
  const holds = (folder: string) => files.some((file) => existsSync(join(folder, file)));
  const nested = name.includes(':') ? name.slice(0, name.lastIndexOf(':')) : '';
  const folders = projectFolders(roots.cwd);
  return (
    [...folders, ...(nested === '' ? [] : folders.map((folder) => join(folder, nested)))].some((folder) =>
      holds(join(folder, '.claude')),
    ) ||
    holds(roots.configDir) ||
    pluginFolders(join(roots.configDir, 'plugins'), name).some(holds)
  );
}

/** The working directory and its parents, up to the repository's root. */
export function projectFolders(cwd: string): string[] {
  // A path of another system does not exist here.
  const above = withParents(cwd);
  if (above.length === 0) return [];
  const root = mainRoot(cwd) ?? resolve(cwd);
  const end = above.indexOf(root);
  const folders = end === -1 ? above : above.slice(0, end + 1);
  if (!folders.includes(root)) folders.push(root);
  return folders;
}

/** Installed copies of the plugin in `plugin:skill`, at most five levels down (cache/market/plugin/version). */
function pluginFolders(root: string, name: string): string[] {
  const colon = name.indexOf(':');
  if (colon <= 0) return [];
  const plugin = name.slice(0, colon);
  const found: string[] = [];
  const walk = (folder: string, depth: number, inside: boolean) => {
    if (inside) found.push(folder);
    if (depth === 0) return;
    for (const entry of listFolders(folder)) walk(join(folder, entry), depth - 1, inside || entry === plugin);
  };
  walk(root, 5, false);
  return found;
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git')
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
