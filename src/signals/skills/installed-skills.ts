/**
 * The skills that the client finds when a session starts: those of the project, the user and the enabled plugins.
 *
 * A skill is called by its folder's name, a plugin's as `plugin:folder`; the `name` in its SKILL.md is ignored. Skills
 * in nested folders, which the client finds later, and those of `--plugin-dir` are not seen.
 * Source: the lists in the `init` line of the stream of Claude Code 2.1.197 (tests/e2e/skills.test.ts).
 */
import { closeSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openRegular, textOrEmpty } from '../../base/regular-file/open.js';
import { asArray, asObject, asText, parseObject, type Json } from '../../base/json/json.js';
import { asName } from '../privacy/name.js';
import { projectFolders, type SkillRoots } from './skill-files.js';

/** Names of skills, sorted. */
export interface InstalledSkills {
  skills: string[];
  /** Those that only a user may call: the client does not show them to the model. */
  typed_only_skills: string[];
}

/** Most skills recorded: a session has one row for all of them. */
const MOST = 1_000;

/** Finds the installed skills. Unreadable files and folders are skipped. */
export function installedSkills(roots: SkillRoots): InstalledSkills {
  const found = new Map<string, string>();
  for (const folder of [...projectFolders(roots.cwd).map((one) => join(one, '.claude')), roots.configDir])
    for (const skill of skillsIn(join(folder, 'skills'))) found.set(asName(basename(skill)), skill);
  for (const { plugin, skills } of enabledPlugins(roots))
    for (const skill of skills) found.set(asName(`${plugin}:${basename(skill)}`), skill);
  const names = [...found.keys()].sort().slice(0, MOST);
  return { skills: names, typed_only_skills: names.filter((name) => isTypedOnly(found.get(name) ?? '')) };
}

/** Folders of skills: the folder itself if it is one, else those directly in it. */
function skillsIn(folder: string): string[] {
  if (isSkillFolder(folder)) return [folder];
  try {
    return readdirSync(folder)
      .map((name) => join(folder, name))
      .filter(isSkillFolder);
  } catch {
    return [];
  }
}

function isSkillFolder(folder: string): boolean {
  return statSync(join(folder, 'SKILL.md'), { throwIfNoEntry: false })?.isFile() === true;
}

/** Bytes of a SKILL.md that are read; its front matter is at the start. */
const HEAD_BYTES = 4_096;

function isTypedOnly(skill: string): boolean {
  const head = /^---\r?\n([^]*?)\r?\n---/.exec(readStart(join(skill, 'SKILL.md')))?.[1] ?? '';
  return /^disable-model-invocation:\s*["']?true\b/m.test(head);
}

function readStart(path: string): string {
  try {
    const file = openRegular(path);
    try {
      const start = Buffer.alloc(HEAD_BYTES);
      return start.toString('utf8', 0, readSync(file, start, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** The plugins that are installed, and enabled in the settings of the user or of the session's folder. */
function enabledPlugins({ cwd, configDir }: SkillRoots): { plugin: string; skills: string[] }[] {
  const plugins = join(configDir, 'plugins');
  const settings = ['settings.json', 'settings.local.json'].map((name) => join(cwd, '.claude', name));
  const enabled: Json = {};
  for (const file of [join(configDir, 'settings.json'), ...settings])
    Object.assign(enabled, asObject(readObject(file)?.enabledPlugins));
  const installed = asObject(readObject(join(plugins, 'installed_plugins.json'))?.plugins) ?? {};
  return Object.entries(installed)
    .filter(([id]) => enabled[id] === true)
    .flatMap(([id, copies]) => {
      const folder = copyFor(cwd, asArray(Array.isArray(copies) ? copies : [copies]).map(asObject));
      const [plugin = '', market = ''] = id.split('@');
      return folder === undefined
        ? []
        : [{ plugin, skills: pluginSkills(folder, marketEntry(plugins, market, plugin)) }];
    });
}

/** The folder of the copy installed for this project, else of the user's copy. */
function copyFor(cwd: string, copies: readonly (Json | undefined)[]): string | undefined {
  const copy =
    copies.find((one) => one?.projectPath === cwd) ??
    copies.find((one) => one?.projectPath === undefined) ??
    copies[0];
  return asText(copy?.installPath);
}

/** The plugin's entry in its marketplace, which may list the skills. */
function marketEntry(plugins: string, market: string, plugin: string): Json | undefined {
  const known = asObject(readObject(join(plugins, 'known_marketplaces.json'))?.[market]);
  const folder = asText(known?.installLocation);
  if (folder === undefined) return undefined;
  const listed = readObject(join(folder, '.claude-plugin', 'marketplace.json'))?.plugins;
  return asArray(listed)
    .map(asObject)
    .find((entry) => entry?.name === plugin);
}

/**
 * The skills in the default folder and in those that are listed. Without a manifest, the marketplace's list replaces
 * the default folder.
 */
function pluginSkills(folder: string, entry: Json | undefined): string[] {
  const manifest = readObject(join(folder, '.claude-plugin', 'plugin.json'));
  const named = [...pathsOf(manifest?.skills), ...pathsOf(entry?.skills)];
  const usual = manifest === undefined && named.length > 0 ? [] : ['skills'];
  return [...usual, ...named].flatMap((path) => skillsIn(join(folder, path)));
}

function pathsOf(value: unknown): string[] {
  return asArray(typeof value === 'string' ? [value] : value).flatMap((path) => asText(path) ?? []);
}

function readObject(file: string): Json | undefined {
  return parseObject(textOrEmpty(file));
}
