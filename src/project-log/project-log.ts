/**
 * A project's own telemetry log: a file of JSON lines in the project, with or without a store. It is enabled by a
 * section `telemetry` in the project's `.ll/ll-config.json`: `{"telemetry": {"enabled": true, "log_path":
 * ".ll/telemetry.jsonl", "retention_days": 90}}`.
 *
 * The section comes with the repository and is not trusted: the log must be a `.jsonl` or `.ndjson` file inside the
 * project, with all links resolved.
 */
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path';
import { readRegular } from '../base/regular-file/open.js';
import { asObject, parseObject, type Json } from '../base/json/json.js';
import { mainRoot } from '../signals/project.js';
import { appendLine } from './append.js';
import { makeFolder } from '../base/folder.js';

const CONFIG = join('.ll', 'll-config.json');

/** A project's log, according to its settings. */
export interface ProjectLog {
  root: string;
  file: string;
  /** False: the project wants nothing recorded, neither here nor elsewhere. */
  enabled: boolean;
  retentionDays: number;
  /** Whether the section sets `retention_days`; then older events are removed automatically. */
  prunesItself: boolean;
}

/**
 * The log of the project that a folder belongs to; undefined if the project has no section `telemetry`. Worktrees share
 * the log of their main repository. Throws an Error with a one-line message if the section is invalid.
 */
export function projectLog(folder: string): ProjectLog | undefined {
  const root = configuredRoot(folder);
  if (root === undefined) return undefined;
  const config = parseObject(readRegular(join(root, CONFIG)));
  if (config === undefined) throw new Error(`${join(root, CONFIG)} is not a JSON object`);
  const section = config.telemetry;
  if (section === undefined) return undefined;
  return { root, ...readSection(asObject(section), join(root, CONFIG), root) };
}

/** Appends one line to the log and makes its folder if needed. Throws errors of the operating system. */
export function appendToLog(log: ProjectLog, line: string): void {
  if (!isInsideProject(log)) throw new Error(`${log.file} leads out of the project`);
  if (!existsSync(log.file)) prepare(log, dirname(log.file));
  appendLine(log.file, line);
}

/** Whether a log is inside its project, with all links resolved. */
export function isInsideProject({ root, file }: ProjectLog): boolean {
  return isInside(realpathSync(root), realpathSync(nearestExisting(dirname(file))));
}

function readSection(section: Json | undefined, where: string, root: string): Omit<ProjectLog, 'root'> {
  const { enabled = true, log_path = join('.ll', 'telemetry.jsonl'), retention_days = 90 } = section ?? {};
  const wrong = (what: string) => new Error(`${where}: ${what}`);
  if (section === undefined) throw wrong('telemetry takes an object');
  if (typeof enabled !== 'boolean') throw wrong('telemetry.enabled takes true or false');
  if (typeof retention_days !== 'number' || !(retention_days > 0))
    throw wrong('telemetry.retention_days takes a positive number of days');
  if (typeof log_path !== 'string' || isAbsolute(log_path) || !/^\.(?:jsonl|ndjson)$/.test(extname(log_path)))
    throw wrong('telemetry.log_path takes the path of a .jsonl or .ndjson file inside the project');
  const file = resolve(root, log_path);
  if (!isInside(root, file)) throw wrong('telemetry.log_path leads out of the project');
  return {
    file,
    enabled,
    retentionDays: retention_days,
    prunesItself: section.retention_days !== undefined,
  };
}

/**
 * The main repository's root if it has the config file, else the nearest folder, from this one upwards, that has it.
 */
function configuredRoot(folder: string): string | undefined {
  const main = mainRoot(folder);
  if (main !== undefined && existsSync(join(main, CONFIG))) return main;
  for (let here = resolve(folder); ; here = dirname(here)) {
    if (existsSync(join(here, CONFIG))) return here;
    if (dirname(here) === here) return undefined;
  }
}

/**
 * Makes the log's folder, and keeps the log out of git, unless the folder is the project root or already has a
 * .gitignore.
 */
function prepare({ root, file }: ProjectLog, folder: string): void {
  makeFolder(folder);
  if (folder === root || existsSync(join(folder, '.gitignore'))) return;
  const rules = `# Written by atel: the telemetry log stays on this machine.\n/${basename(file)}*\n/.gitignore\n`;
  try {
    writeFileSync(join(folder, '.gitignore'), rules, { flag: 'wx' });
  } catch {
    // Another process made it first.
  }
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(dirname(folder));
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !/^\.\.[/\\]/.test(way) && !isAbsolute(way));
}
