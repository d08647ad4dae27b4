/** `atel service`: writes the file by which systemd or launchd runs `atel up`, or removes it. */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { processSources, type Config } from '../../base/config.js';
import { writeDurably } from '../../base/files.js';
import { programFolder } from '../../base/program-folder.js';
import { readRegularFile } from '../../base/regular-file/handle.js';
import { settingNames, variableOf } from '../../base/settings.js';
import { MARK, serviceManager, type ServiceManager } from '../install/service-file.js';
import { CommandError } from '../shared/command-error.js';
import { UsageError } from '../shared/options.js';
import type { service } from '../commands/service.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/** Variables with folders that the service must find, too. */
const CARRIED = ['AGENT_TELEMETRY_HOME', 'CLAUDE_CONFIG_DIR', 'XDG_CONFIG_HOME'];

/** Installs the file, removes it, or says whether it is there. */
export async function run(
  options: OptionsOf<typeof service.flags>,
  { config, print, complain }: Outside,
  what: 'install' | 'remove' | 'status',
): Promise<void> {
  if (what !== 'install' && options.print === true)
    throw new UsageError('--print is for atel service install');
  const { env, homeDir, platform } = processSources();
  const manager = serviceManager(process.platform, homeDir, env);
  if (manager === undefined)
    throw new CommandError(
      `atel service needs systemd or launchd, which ${platform} does not have: run atel up --detach after the login`,
    );
  if (what === 'remove') return remove(manager, print);
  const text = textFor(manager);
  if (what === 'status') return tell(manager, text, print);
  if (options.print === true) {
    print(text.trimEnd());
    return;
  }
  await install(manager, text, print);
  for (const line of notCarried(config())) complain(line);
}

async function install(manager: ServiceManager, text: string, print: Outside['print']): Promise<void> {
  const { name, control, file, start } = manager;
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (!folders.some((folder) => folder !== '' && existsSync(join(folder, control))))
    throw new CommandError(
      `${control} is not in PATH: this machine does not use ${name}. Run atel up --detach after the login; --print shows the file`,
    );
  const found = await ours(file);
  if (found === text) print(`${file} is there already`);
  else {
    await mkdir(dirname(file), { recursive: true });
    await writeDurably(file, text, 0o644);
    print(`${found === undefined ? 'Wrote' : 'Replaced'} ${file}`);
  }
  print('Nothing was started. If atel up already runs, stop it first: atel down');
  print('Start it now, and with each login:');
  print(`  ${start}`);
}

async function remove({ file, stop }: ServiceManager, print: Outside['print']): Promise<void> {
  if ((await ours(file)) === undefined) {
    print(`Not installed: there is no ${file}`);
    return;
  }
  await rm(file);
  print(`Removed ${file}`);
  print('If it runs, it still does. Stop it:');
  print(`  ${stop}`);
}

async function tell(
  { file, show, start }: ServiceManager,
  text: string,
  print: Outside['print'],
): Promise<void> {
  const found = await ours(file);
  if (found === undefined) {
    print(`Not installed: there is no ${file}`);
    print('Install it:');
    print('  atel service install');
    return;
  }
  print(`Installed: ${file}`);
  if (found !== text) {
    print('It runs another node, another folder of atel or other settings than now. Write it anew:');
    print('  atel service install');
  }
  print('Whether it runs:');
  print(`  ${show}`);
  print('Start it now, and with each login:');
  print(`  ${start}`);
}

/** Our file's text; undefined if there is no file. @throws {CommandError} if it is somebody else's */
async function ours(file: string): Promise<string | undefined> {
  const text = await readRegularFile(file).catch((error: unknown) => {
    if (!existsSync(file)) return undefined;
    throw new CommandError(`${file} cannot be read`, { cause: error });
  });
  if (text === undefined) return undefined;
  if (!text.includes(MARK))
    throw new CommandError(`${file} was not written by atel: it stays as it is. Move it away first`);
  return text;
}

function textFor({ text }: ServiceManager): string {
  const set = CARRIED.flatMap((name): [string, string][] => {
    const value = process.env[name] ?? '';
    return value === '' ? [] : [[name, value]];
  });
  try {
    return text({ node: process.execPath, cli: join(programFolder, 'cli.js'), env: Object.fromEntries(set) });
  } catch (error) {
    throw error instanceof RangeError ? new CommandError(error.message, { cause: error }) : error;
  }
}

/** What the service will not know: settings in this shell, of which some are secrets. */
function notCarried({ file }: Config): string[] {
  const names = settingNames
    .map(variableOf)
    .filter((name) => !CARRIED.includes(name) && (process.env[name] ?? '') !== '');
  return names.length === 0
    ? []
    : [`The service does not get ${names.join(', ')} of this shell: set them in ${file}`];
}
