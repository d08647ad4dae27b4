/** `atel init`: adds our hooks to Claude Code's settings, or removes exactly ours. */
import { access, chmod, constants, copyFile, mkdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { processSources, type Config } from '../../base/config.js';
import { homePaths } from '../../base/home.js';
import { privateFolder } from '../../base/files.js';
import {
  allUserSettings,
  managedSettings,
  projectSettings,
  userSettings,
} from '../install/claude-settings.js';
import { CommandError } from '../shared/command-error.js';
import {
  GUARD,
  hasGuard,
  LINE_ENDS,
  MODULE_KIND,
  addHooks,
  ourHooks,
  removeHooks,
  scripts,
} from '../install/hook-settings.js';
import { hooksOff } from '../install/hooks-off.js';
import { otelOverrides, overrideLine } from '../install/managed-settings.js';
import { UsageError } from '../shared/options.js';
import { USER, installOtel, ownersOf, refuseForeignOtel, uninstallOtel } from '../install/otel-install.js';
import {
  addOtel,
  hasOtel,
  otelEnvironment,
  otelOfShell,
  otelProtocols,
  removeOtel,
} from '../install/otel-settings.js';
import { programFolder } from '../../base/program-folder.js';
import { linkProgram } from '../shared/program.js';
import { readBackup, removeBackup, writeBackup } from '../install/settings-backup.js';
import {
  parseSettings,
  readSettings,
  readText,
  settingsIn,
  takeOut,
  writeSettings,
} from '../install/settings-file.js';
import {
  installStatusLine,
  refuseForeignStatusLine,
  uninstallStatusLine,
} from '../install/statusline-install.js';
import { addStatusLine, removeStatusLine } from '../install/statusline-settings.js';
import { offerHistory } from './offer-history.js';
import type { init as definition } from '../commands/init.js';
import type { OptionsOf, Outside } from '../shared/command.js';

export type InitOptions = OptionsOf<typeof definition.flags>;

/** The paths of an installation's scripts and settings. */
interface Target {
  /** The project's folder, or the user's. */
  folder: string;
  /** Folder of the scripts. */
  scripts: string;
  /** The same folder as the settings name it. */
  scriptsInSettings: string;
  settings: string;
  /** The settings for the status line: in a project the local ones, which are not shared. */
  statusLine: string;
  /** The settings from which Claude Code takes OpenTelemetry's variables: the user's, for every target. */
  otel: string;
  /** Other settings that apply to the sessions of the target. */
  others: string[];
}

export async function run(options: InitOptions, outside: Outside): Promise<void> {
  const config = outside.config();
  const { homeDir } = processSources();
  // A project's hooks are in the project; only what is in the user's settings belongs in each of several folders.
  const all = allUserSettings(homeDir);
  const files =
    options.user === true || options.otel !== undefined || options.remove === true ? all : all.slice(0, 1);
  for (const file of files) await init(config, options, homeDir, outside.print, { user: file });
  if (options.remove !== true) await offerHistory(outside);
}

/** What tests replace. */
interface InitPlaces {
  /** The folder from which the scripts are copied. */
  source?: string;
  /** The managed settings of the machine. */
  managed?: string;
  /** The user's settings. */
  user?: string;
  /** The environment of the shell. */
  env?: Record<string, unknown>;
}

/**
 * Adds the hooks to a project's or the user's settings, or removes exactly ours.
 */
export async function init(
  config: Config,
  options: InitOptions,
  userHome: string,
  print: (line: string) => void,
  {
    source = join(programFolder, '..', '.claude', 'hooks'),
    managed = managedSettings(),
    user = userSettings(userHome),
    env = process.env,
  }: InitPlaces = {},
): Promise<void> {
  if (options.user === true && options.project !== undefined) {
    throw new UsageError('--user and --project exclude each other: hooks in both places would run twice.');
  }
  const target =
    options.user === true
      ? userTarget(config, userHome, user)
      : await projectTarget(options.project ?? '.', user);
  const isApart = target.statusLine !== target.settings;
  const { backups } = homePaths(config.home);
  if (options.remove === true) {
    // Anything wrong with the settings is reported before anything is changed.
    await readSettings(target.settings, withoutOurs);
    if (hasOtelApart(target)) {
      await readSettings(target.otel, withoutOurs);
      await uninstallOtel(target.otel, target.folder, backups, withoutOurs, print);
    }
    if (isApart) await uninstallStatusLine(target.statusLine, backups, print);
    await uninstall(target, config, print, source);
    return;
  }
  if (options.statusline === true)
    await refuseForeignStatusLine([target.statusLine, target.settings, target.otel]);
  const otel = options.otel === undefined ? undefined : readOtel(options.otel, config);
  if (otel !== undefined) await refuseForeignOtel([target.settings, target.otel, ...target.others], otel);
  const isNew = await install(target, config, options, otel, print, source);
  if (otel !== undefined && hasOtelApart(target))
    await installOtel(target.otel, otel, target.folder, backups, withoutOurs, print);
  if (options.statusline === true && isApart) await installStatusLine(target.statusLine, backups, print);
  if (otel !== undefined) {
    for (const override of await otelOverrides(managed, otel)) print(overrideLine(override));
    const ofShell = otelOfShell(env, otel);
    if (ofShell.length > 0)
      print(
        `${ofShell.join(', ')} in the environment of this shell: an export that leads elsewhere, and wins. Unset what is named here where you start Claude Code.`,
      );
  }
  await tellOldOtel(target, print);
  const off = await hooksOff([target.otel, target.settings, ...target.others], managed);
  for (const { file, key } of off)
    print(`Nothing is recorded yet: ${key} in ${file} switches hooks off. Remove it to record.`);
  if (isNew && off.length === 0)
    print(
      `The next Claude Code session is recorded into ${config.home}; nothing leaves this machine${config.local ? '' : ` but to ${config.tinybird_url}`}.`,
    );
}

/** Whether OpenTelemetry's variables belong in other settings than the hooks. */
function hasOtelApart({ settings, otel }: Target): boolean {
  return settings !== otel;
}

/** Prints a line if a project's settings still contain variables that an earlier version wrote there. */
async function tellOldOtel(target: Target, print: (line: string) => void): Promise<void> {
  if (!hasOtelApart(target) || !hasOtel(await settingsIn(target.settings))) return;
  print(
    `${target.settings} has OpenTelemetry variables from an earlier version of atel. Newer versions of Claude Code ignore them there; to move them into ${target.otel}: atel init --project ${target.folder} --otel`,
  );
}

/** Returns whether there was anything to install. */
async function install(
  target: Target,
  config: Config,
  { statusline, guard }: InitOptions,
  otel: Record<string, string> | undefined,
  print: (line: string) => void,
  source: string,
): Promise<boolean> {
  const paths = homePaths(config.home);
  const found = await readSettings(target.settings, withoutOurs);
  const backup = await readBackup(paths.backups, target.settings, print);
  // Without --guard, a guard that is there stays.
  const isGuarded = guard === true || hasGuard(found.settings);
  const copies = await scriptsToCopy(source, target.scripts, isGuarded ? [...scripts, GUARD] : scripts);
  // Without our hooks and without a backup, none of the scripts can be ours.
  const foreign = found.hasOurs || backup !== undefined ? undefined : copies.find(({ replaces }) => replaces);
  if (foreign !== undefined) {
    throw new CommandError(`${foreign.to} exists and is not ours; move it first. Nothing was changed.`);
  }
  const hooked = addHooks(found.settings, ourHooks(target.scriptsInSettings, { isGuarded }));
  const withVariables = otel === undefined ? hooked : withOtel(hooked, otel, target);
  const wanted =
    statusline === true && target.statusLine === target.settings
      ? addStatusLine(withVariables)
      : withVariables;
  const changes = !isDeepStrictEqual(wanted, found.settings);

  await linkProgram(paths);
  await privateFolder(paths.inbox);
  if (!changes && copies.length === 0) {
    print(`${target.settings} has the hooks already; nothing changed.`);
    return false;
  }
  const made = [
    ...(await foldersMadeFor(target.scripts)),
    ...(await foldersMadeFor(dirname(target.settings))),
  ];
  // If something of ours is already there, the backup of the text before it is kept.
  if (!found.hasOurs || backup !== undefined) {
    const madeEarlier = (backup?.made ?? []).filter((folder) => !made.includes(folder));
    const owners = ownersOf(backup?.otel, found.settings);
    await writeBackup(paths.backups, {
      path: target.settings,
      text: found.hasOurs && backup !== undefined ? backup.text : found.text,
      made: [...made, ...madeEarlier],
      ...(!hasOtelApart(target) && {
        otel: otel === undefined ? [...owners] : [...new Set([...owners, USER])],
      }),
    });
  }
  for (const { from, to } of copies) {
    await copyFile(from, to);
    if ([...scripts, GUARD].some((script) => to.endsWith(script))) await chmod(to, 0o755);
  }
  if (changes) await writeSettings(found, wanted);
  print(`Installed hooks in ${target.settings}; their scripts in ${target.scripts}.`);
  if (isGuarded && !hasGuard(found.settings))
    print('The guard denies tool calls past the hard limit of a budget: atel budget shows them.');
  if (wanted !== withVariables) print(`The status line is in ${target.settings}.`);
  if (hasOtelApart(target) && hasOtel(found.settings) && !hasOtel(wanted))
    print(
      `Removed OpenTelemetry's variables from ${target.settings}, where newer versions of Claude Code ignore them.`,
    );
  return true;
}

/** The variables for the collector. @throws {UsageError} for an unknown protocol. */
function readOtel(otel: string | true, config: Config): Record<string, string> {
  const protocol = otel === true ? otelProtocols[0] : otelProtocols.find((known) => known === otel);
  if (protocol === undefined)
    throw new UsageError(`--otel takes ${otelProtocols.join(', ')}, not ${otel}. Nothing was changed.`);
  return otelEnvironment(protocol, { grpc: config.otlp_grpc_port, http: config.collector_port });
}

/** The target's own settings with OpenTelemetry on: if its variables belong elsewhere, they are moved. */
function withOtel(settings: Record<string, unknown>, otel: Record<string, string>, target: Target) {
  return hasOtelApart(target) ? removeOtel(settings) : addOtel(settings, otel);
}

function withoutOurs(
  settings: Record<string, unknown>,
  before: Record<string, unknown> = {},
): Record<string, unknown> {
  return removeStatusLine(removeOtel(removeHooks(settings), before));
}

async function uninstall(
  target: Target,
  config: Config,
  print: (line: string) => void,
  source: string,
): Promise<void> {
  const { backups } = homePaths(config.home);
  const backup = await readBackup(backups, target.settings, print);
  const before = parseSettings(backup?.text ?? '', target.settings);
  const found = await readSettings(target.settings, (settings) => withoutOurs(settings, before));
  if (!found.hasOurs && backup === undefined) {
    print(`${target.settings} had none of our hooks.`);
    return;
  }
  const isAsBefore = backup !== undefined && leavesOriginal(found.rest, backup.text, target);
  await takeOut(found, isAsBefore ? backup.text : undefined);
  // The package's own scripts are the source of the copies and are not removed.
  if (target.scripts !== source)
    for (const script of [...scripts, GUARD]) await rm(join(target.scripts, script), { force: true });
  for (const name of companions)
    if (target.scripts !== source && (await isCopy(source, target.scripts, name)))
      await rm(join(target.scripts, name));
  // Only empty folders are removed. Without a backup it is unknown who made the scripts' folder.
  for (const folder of backup?.made ?? [target.scripts]) await rmdir(folder).catch(() => undefined);
  await removeBackup(backups, target.settings);
  print(`Removed hooks from ${target.settings}.`);
  print(`What was recorded stays in ${config.home}; remove that folder to forget it.`);
}

/** Whether the remaining settings are those before us, except for empty lists that we filled and emptied. */
function leavesOriginal(rest: Record<string, unknown>, before: string | null, target: Target): boolean {
  const original = parseSettings(before ?? '', target.settings);
  const emptied = removeHooks(addHooks(original, ourHooks(target.scriptsInSettings)));
  return isDeepStrictEqual(rest, original) || isDeepStrictEqual(rest, emptied);
}

function userTarget(config: Config, userHome: string, settings: string): Target {
  const folder = join(config.home, 'hooks');
  return {
    folder: userHome,
    scripts: folder,
    // Characters with a special meaning between double quotes in a shell.
    scriptsInSettings: folder.replace(/[\\"$`]/g, '\\$&'),
    settings,
    statusLine: settings,
    otel: settings,
    others: [],
  };
}

async function projectTarget(project: string, user: string): Promise<Target> {
  const folder = resolve(project);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new UsageError(`${folder} is not a folder; name the project's folder with --project.`);
  }
  const { shared, local } = projectSettings(folder);
  return {
    folder,
    scripts: join(folder, '.claude', 'hooks'),
    scriptsInSettings: '$CLAUDE_PROJECT_DIR/.claude/hooks',
    settings: shared,
    statusLine: local,
    otel: user,
    others: [local],
  };
}

/** Copied next to the scripts, unless such a file exists there. */
const companions = [MODULE_KIND, LINE_ENDS];

/** A script to copy, and whether it replaces other content. */
interface Copy {
  from: string;
  to: string;
  replaces: boolean;
}

/** The scripts that are missing, different or not executable: our settings ignore missing scripts silently. */
async function scriptsToCopy(source: string, folder: string, names: readonly string[]): Promise<Copy[]> {
  const each = await Promise.all(
    names.map(async (script) => {
      const [from, to] = [join(source, script), join(folder, script)];
      const [wanted, present, runs] = await Promise.all([readFile(from, 'utf8'), readText(to), canRun(to)]);
      return wanted === present && runs
        ? []
        : [{ from, to, replaces: present !== null && present !== wanted }];
    }),
  );
  const beside = await Promise.all(
    companions.map(async (name) => {
      const [from, to] = [join(source, name), join(folder, name)];
      return (await readText(to)) === null ? [{ from, to, replaces: false }] : [];
    }),
  );
  return [...each.flat(), ...beside.flat()];
}

async function isCopy(source: string, folder: string, name: string): Promise<boolean> {
  const [ours, there] = await Promise.all([readText(join(source, name)), readText(join(folder, name))]);
  return ours !== null && ours === there;
}

function canRun(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Makes a folder and its parents. Returns those that were missing, innermost first. */
async function foldersMadeFor(folder: string): Promise<string[]> {
  const outermost = await mkdir(folder, { recursive: true });
  if (outermost === undefined) return [];
  const made = [folder];
  for (let inner = folder; inner !== outermost; inner = dirname(inner)) made.push(dirname(inner));
  return made;
}
