import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig, type Config } from '../../base/config.js';
import { CommandError } from '../shared/command-error.js';
import { allUserSettings, userSettings } from '../install/claude-settings.js';
import { ourHooks, scripts } from '../install/hook-settings.js';
import { otelEnvironment } from '../install/otel-settings.js';
import { init, type InitOptions } from './init.js';

const SOURCE = fileURLToPath(new URL('../../../.claude/hooks', import.meta.url));
const inProject = ourHooks('$CLAUDE_PROJECT_DIR/.claude/hooks');

let root: string;
let project: string;
let userHome: string;
let config: Config;
let printed: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'atel-init-'));
  project = join(root, 'shop');
  userHome = join(root, 'me');
  await mkdir(project);
  await mkdir(userHome);
  config = loadConfig({
    env: { AGENT_TELEMETRY_HOME: join(root, 'telemetry') },
    homeDir: userHome,
    platform: 'linux',
  });
  printed = [];
  vi.stubEnv('CLAUDE_CONFIG_DIR', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const managed = () => join(root, 'managed-settings.json');
const run = (options: InitOptions) =>
  init(config, options, userHome, (line) => printed.push(line), { source: SOURCE, managed: managed() });
const install = () => run({ project });
const uninstall = () => run({ project, remove: true });
const settingsFile = () => join(project, '.claude', 'settings.json');

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

/** Every file with its text, and every folder and link, below a folder. */
async function tree(folder: string): Promise<Record<string, string | null>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const listed = await Promise.all(
    entries.map(async (entry): Promise<[string, string | null]> => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), entry.isFile() ? await readFile(path, 'utf8') : null];
    }),
  );
  return Object.fromEntries(listed.sort(([a], [b]) => a.localeCompare(b)));
}

/** The message that the user sees. */
async function refusal(options: InitOptions): Promise<string> {
  const error: unknown = await run(options).catch((reason: unknown) => reason);
  if (!(error instanceof CommandError)) throw new Error(`not refused: ${String(error)}`);
  return error.message;
}

describe('init of a project', () => {
  it('our hooks are written, the scripts are copied, and the telemetry folder is made', async () => {
    await install();
    await expect(readJson(settingsFile())).resolves.toEqual({ hooks: inProject });
    for (const script of scripts) {
      const copy = join(project, '.claude', 'hooks', script);
      await expect(readFile(copy, 'utf8')).resolves.toBe(await readFile(join(SOURCE, script), 'utf8'));
      expect((await stat(copy)).mode & 0o777).toBe(0o755);
    }
    expect((await stat(join(config.home, 'inbox'))).mode & 0o777).toBe(0o700);
    expect(existsSync(join(config.home, 'program'))).toBe(true);
    expect(printed.join('\n')).toContain(settingsFile());
    expect(printed.join('\n')).toContain('nothing leaves this machine.');
  });

  it('the message says where the data goes if that is not the local store', async () => {
    config = { ...config, local: false, tinybird_url: 'https://api.tinybird.co' };
    await install();
    expect(printed.join('\n')).toContain('but to https://api.tinybird.co');
  });

  it('foreign settings and hooks are kept, and so is the indentation', async () => {
    const foreign = { matcher: 'Bash', hooks: [{ type: 'command', command: 'lint' }] };
    await put(settingsFile(), JSON.stringify({ model: 'opus', hooks: { Stop: [foreign] } }, null, 4));
    await install();
    await expect(readJson(settingsFile())).resolves.toEqual({
      model: 'opus',
      hooks: { ...inProject, Stop: [foreign, ...inProject.Stop!] },
    });
    expect(await readFile(settingsFile(), 'utf8')).toMatch(/^\{\n {4}"model": "opus",\n/);
  });

  it('the second init changes nothing', async () => {
    await put(settingsFile(), '{"model":"opus"}');
    await install();
    const before = await tree(root);
    printed = [];
    await install();
    await expect(tree(root)).resolves.toEqual(before);
    expect(printed).toEqual([`${settingsFile()} has the hooks already; nothing changed.`]);
  });

  it('a script that is missing, different or not executable is repaired', async () => {
    await install();
    const [first, second, third] = scripts.map((script) => join(project, '.claude', 'hooks', script));
    await rm(first!);
    await writeFile(second!, 'an older version');
    await chmod(third!, 0o644);
    await install();
    for (const [script, copy] of [first, second, third].entries()) {
      expect(await readFile(copy!, 'utf8')).toBe(await readFile(join(SOURCE, scripts[script]!), 'utf8'));
      expect((await stat(copy!)).mode & 0o777).toBe(0o755);
    }
  });

  it('without a name, the current folder is the project', async () => {
    vi.spyOn(process, 'cwd').mockReturnValue(project);
    await run({});
    await expect(readJson(settingsFile())).resolves.toEqual({ hooks: inProject });
  });
});

describe('init of a user', () => {
  const inHome = () => ourHooks(join(config.home, 'hooks'));

  it('the user settings are changed, with the scripts in the telemetry folder', async () => {
    await run({ user: true });
    await expect(readJson(join(userHome, '.claude', 'settings.json'))).resolves.toEqual({ hooks: inHome() });
    expect((await readdir(join(config.home, 'hooks'))).sort()).toEqual(
      [...scripts, '.gitattributes', 'package.json'].sort(),
    );
    await expect(readdir(project)).resolves.toEqual([]);
  });

  it('CLAUDE_CONFIG_DIR is respected', async () => {
    vi.stubEnv('CLAUDE_CONFIG_DIR', join(root, 'deep', 'claude'));
    await run({ user: true });
    await expect(readJson(join(root, 'deep', 'claude', 'settings.json'))).resolves.toEqual({
      hooks: inHome(),
    });
    await run({ user: true, remove: true });
    expect(existsSync(join(root, 'deep'))).toBe(false);
    await expect(readdir(userHome)).resolves.toEqual([]);
  });

  it('several folders in CLAUDE_CONFIG_DIR each have settings of their own', () => {
    vi.stubEnv('CLAUDE_CONFIG_DIR', '/a, /b,,/a');
    expect(allUserSettings(userHome)).toEqual(['/a/settings.json', '/b/settings.json']);
    expect(userSettings(userHome)).toBe('/a/settings.json');
    vi.stubEnv('CLAUDE_CONFIG_DIR', ',');
    expect(allUserSettings(userHome)).toEqual([join(userHome, '.claude', 'settings.json')]);
  });

  it('an empty CLAUDE_CONFIG_DIR counts as not set', async () => {
    vi.stubEnv('CLAUDE_CONFIG_DIR', '');
    await run({ user: true });
    expect(existsSync(join(userHome, '.claude', 'settings.json'))).toBe(true);
  });

  it('a folder with unusual letters is quoted for the shell', async () => {
    config = { ...config, home: join(root, 'a "b" $c `d`') };
    await run({ user: true });
    const text = await readFile(join(userHome, '.claude', 'settings.json'), 'utf8');
    const { hooks } = JSON.parse(text) as { hooks: typeof inProject };
    expect(hooks.Stop![0]!.hooks[0]!.command).toContain(
      '/a \\"b\\" \\$c \\`d\\`/hooks/log-session-summary.sh"',
    );
    await run({ user: true });
    expect(printed.at(-1)).toContain('nothing changed');
    await run({ user: true, remove: true });
    await expect(readdir(userHome)).resolves.toEqual([]);
  });

  it('removing leaves nothing behind', async () => {
    await put(join(userHome, '.claude', 'settings.json'), '{ "theme":"dark" }');
    await run({ user: true });
    await run({ user: true, remove: true });
    await expect(tree(userHome)).resolves.toEqual({
      '.claude': null,
      '.claude/settings.json': '{ "theme":"dark" }',
    });
    expect(existsSync(join(config.home, 'hooks'))).toBe(false);
    await expect(readdir(join(config.home, 'backups'))).resolves.toEqual([]);
  });
});

describe('init --remove', () => {
  it.each([
    ['no line break at its end', '{"model":"opus","permissions":{"allow":["Bash(ls)"]}}'],
    [
      'odd blanks',
      '{ "model" :   "opus",\r\n\t"n": 1.0, "big": 12345678901234567890, "u": "\\u0041" }\r\n\r\n',
    ],
    ['an empty object', '{}'],
    ['empty hooks', '{"hooks": {}}\n'],
    ['hooks that are empty lists', '{"hooks": {"Stop": [], "Custom": []}}'],
    ['nothing at all', ''],
    ['foreign hooks', '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"lint"}]}]}}'],
  ])('a settings file with %s is restored byte for byte', async (_, text) => {
    await put(settingsFile(), text);
    const before = await tree(project);
    await install();
    expect(await readFile(settingsFile(), 'utf8')).toContain('log-session-summary.sh');
    await uninstall();
    await expect(tree(project)).resolves.toEqual(before);
    await expect(readdir(join(config.home, 'backups'))).resolves.toEqual([]);
  });

  it('nothing is left in a project that had nothing', async () => {
    await install();
    await uninstall();
    await expect(readdir(project)).resolves.toEqual([]);
  });

  it('existing folders stay, even empty ones', async () => {
    await mkdir(join(project, '.claude', 'hooks'), { recursive: true });
    await install();
    await uninstall();
    await expect(tree(project)).resolves.toEqual({ '.claude': null, '.claude/hooks': null });
  });

  it('foreign files next to ours stay, and so do their folders', async () => {
    await install();
    await put(join(project, '.claude', 'hooks', 'mine.sh'), 'echo mine');
    await uninstall();
    await expect(tree(project)).resolves.toEqual({
      '.claude': null,
      '.claude/hooks': null,
      '.claude/hooks/mine.sh': 'echo mine',
    });
  });

  it('later changes are kept, and only our hooks are removed', async () => {
    await put(settingsFile(), '{"model":"opus"}');
    await install();
    const settings = (await readJson(settingsFile())) as Record<string, unknown>;
    await writeFile(settingsFile(), JSON.stringify({ ...settings, model: 'sonnet' }));
    await uninstall();
    await expect(readJson(settingsFile())).resolves.toEqual({ model: 'sonnet' });
    await expect(readdir(join(config.home, 'backups'))).resolves.toEqual([]);
  });

  it('settings that were later added to a file that we made are kept', async () => {
    await install();
    const settings = (await readJson(settingsFile())) as Record<string, unknown>;
    await writeFile(settingsFile(), JSON.stringify({ ...settings, model: 'sonnet' }));
    await uninstall();
    await expect(readJson(settingsFile())).resolves.toEqual({ model: 'sonnet' });
  });

  it('the original bytes are restored after any number of inits', async () => {
    await put(settingsFile(), '{"model" : "opus"}');
    await install();
    await install();
    await rm(join(project, '.claude', 'hooks', 'log-event.sh'));
    await install();
    await uninstall();
    await expect(readFile(settingsFile(), 'utf8')).resolves.toBe('{"model" : "opus"}');
  });

  it('the newest bytes are restored if our hooks were removed by hand in between', async () => {
    await put(settingsFile(), '{"model" : "opus"}');
    await install();
    await writeFile(settingsFile(), '{"model" :  "haiku"}');
    await install();
    await uninstall();
    await expect(tree(project)).resolves.toEqual({
      '.claude': null,
      '.claude/settings.json': '{"model" :  "haiku"}',
    });
  });

  it('the rest is removed after our hooks were removed by hand', async () => {
    await install();
    await rm(settingsFile());
    await uninstall();
    await expect(readdir(project)).resolves.toEqual([]);
    await expect(readdir(join(config.home, 'backups'))).resolves.toEqual([]);
  });

  it('init --remove works on another machine, without a backup', async () => {
    await put(settingsFile(), '{"model":"opus"}');
    await install();
    await rm(config.home, { recursive: true });
    await uninstall();
    await expect(readJson(settingsFile())).resolves.toEqual({ model: 'opus' });
    expect(existsSync(join(project, '.claude', 'hooks'))).toBe(false);
  });

  it('the second removal does nothing', async () => {
    await put(settingsFile(), '{"model":"opus"}');
    await install();
    await uninstall();
    const before = await tree(root);
    printed = [];
    await uninstall();
    await expect(tree(root)).resolves.toEqual(before);
    expect(printed).toEqual([`${settingsFile()} had none of our hooks.`]);
  });

  it('nothing is touched if init was never run, not even scripts with our names', async () => {
    await put(settingsFile(), '{"hooks": {}}');
    await put(join(project, '.claude', 'hooks', 'log-event.sh'), 'echo mine');
    const before = await tree(root);
    await uninstall();
    await expect(tree(root)).resolves.toEqual(before);
  });

  it('two projects are independent', async () => {
    const other = join(root, 'other');
    await mkdir(other);
    await put(settingsFile(), '{"a" : 1}');
    await put(join(other, '.claude', 'settings.json'), '{"b" : 2}');
    await install();
    await run({ project: other });
    await uninstall();
    await expect(readFile(settingsFile(), 'utf8')).resolves.toBe('{"a" : 1}');
    await run({ project: other, remove: true });
    await expect(readFile(join(other, '.claude', 'settings.json'), 'utf8')).resolves.toBe('{"b" : 2}');
  });

  it('the scripts that it copies from are never deleted', async () => {
    const source = join(project, '.claude', 'hooks');
    for (const script of scripts)
      await put(join(source, script), await readFile(join(SOURCE, script), 'utf8'));
    await put(settingsFile(), JSON.stringify({ hooks: inProject }));
    await init(config, { project, remove: true }, userHome, () => undefined, { source });
    expect((await readdir(source)).sort()).toEqual([...scripts].sort());
  });
});

describe('init --statusline', () => {
  const localFile = () => join(project, '.claude', 'settings.local.json');
  const userFile = () => join(userHome, '.claude', 'settings.json');
  const line = { type: 'command', command: expect.stringContaining('/program/statusline.cjs"') as string };
  const foreign = '{"statusLine": {"type": "command", "command": "mine.sh"}}';

  it("the project's local settings are changed, which are not shared, in addition to the hooks", async () => {
    await put(localFile(), '{"model": "opus"}');
    await run({ project, statusline: true });
    await expect(readJson(localFile())).resolves.toEqual({ model: 'opus', statusLine: line });
    await expect(readJson(settingsFile())).resolves.toEqual({ hooks: inProject });
    expect(printed).toContain(`The status line is in ${localFile()}.`);
  });

  it('the user settings are changed', async () => {
    await run({ user: true, statusline: true });
    await expect(readJson(userFile())).resolves.toMatchObject({ statusLine: line });
    expect(printed).toContain(`The status line is in ${userFile()}.`);
  });

  it('the status line is added to existing hooks, only once, and the options set for it are kept', async () => {
    await install();
    await run({ project, statusline: true });
    const settings = (await readJson(localFile())) as { statusLine: object };
    await writeFile(localFile(), JSON.stringify({ statusLine: { padding: 2, ...settings.statusLine } }));
    const before = await tree(root);
    await run({ project, statusline: true });
    await install();
    await expect(tree(root)).resolves.toEqual(before);
    expect(printed).toContain(`${localFile()} has the status line already; nothing changed.`);
  });

  it.each([
    ['odd blanks', '{ "model" :   "opus",\r\n\t"u": "\\u0041" }\r\n\r\n'],
    ['nothing at all', ''],
    ['no file', null],
  ])('the status line is removed together with the hooks, from %s byte for byte', async (_, text) => {
    if (text !== null) await put(localFile(), text);
    if (text !== null) await put(userFile(), text);
    const before = [await tree(project), await tree(userHome)];
    await run({ project, statusline: true });
    await run({ user: true, statusline: true });
    await uninstall();
    await run({ user: true, remove: true });
    expect([await tree(project), await tree(userHome)]).toEqual(before);
    await expect(readdir(join(config.home, 'backups'))).resolves.toEqual([]);
  });

  it('the status line is removed alone if anything else has changed since, also without a backup', async () => {
    await run({ project, statusline: true });
    const settings = (await readJson(localFile())) as Record<string, unknown>;
    await writeFile(localFile(), JSON.stringify({ ...settings, model: 'sonnet' }));
    await uninstall();
    await expect(readJson(localFile())).resolves.toEqual({ model: 'sonnet' });

    await run({ project, statusline: true });
    await rm(config.home, { recursive: true });
    await uninstall();
    await expect(tree(project)).resolves.toEqual({
      '.claude': null,
      '.claude/settings.local.json': '{\n  "model": "sonnet"\n}\n',
    });
  });

  it('a foreign status line is neither replaced nor hidden', async () => {
    for (const file of [localFile(), settingsFile(), userFile()]) {
      await put(file, foreign);
      const before = await tree(root);
      await expect(refusal({ project, statusline: true })).resolves.toBe(
        `${file} has a status line of its own; take it out first, or let it call atel statusline with its stdin. Nothing was changed.`,
      );
      await expect(tree(root)).resolves.toEqual(before);
      await rm(file);
    }
    await put(userFile(), foreign);
    await expect(refusal({ user: true, statusline: true })).resolves.toContain(userFile());
    await run({ user: true });
    await run({ user: true, remove: true });
    await expect(readFile(userFile(), 'utf8')).resolves.toBe(foreign);
  });

  it('invalid local settings do not prevent a removal', async () => {
    await install();
    await put(localFile(), '{ half');
    await uninstall();
    await expect(readFile(localFile(), 'utf8')).resolves.toBe('{ half');
    expect(existsSync(settingsFile())).toBe(false);
  });
});

describe('init --otel', () => {
  const localFile = () => join(project, '.claude', 'settings.local.json');
  const userFile = () => join(userHome, '.claude', 'settings.json');
  const block = otelEnvironment('http/protobuf', { grpc: 4717, http: 8317 });
  const withTemporality = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
  /** Versions of the client before 2.1.332 read this from a project's settings, and atel wrote it there. */
  const oldBlock = Object.fromEntries(Object.entries(block).filter(([name]) => name !== withTemporality));

  it('for a project, the user settings are changed, and the message says that all projects export', async () => {
    await run({ project, otel: true });
    await expect(readJson(settingsFile())).resolves.toEqual({ hooks: inProject });
    await expect(readJson(userFile())).resolves.toEqual({ env: block });
    expect(block[withTemporality]).toBe('delta');
    const told = printed.find((line) => line.includes('OpenTelemetry'));
    expect(told).toContain(userFile());
    expect(told).toContain('all your projects');
  });

  it('CLAUDE_CONFIG_DIR is respected', async () => {
    vi.stubEnv('CLAUDE_CONFIG_DIR', join(root, 'claude'));
    await run({ project, otel: 'grpc' });
    await expect(readJson(join(root, 'claude', 'settings.json'))).resolves.toMatchObject({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4717' },
    });
    await expect(readdir(userHome)).resolves.toEqual([]);
  });

  it('the second init changes nothing', async () => {
    await run({ project, otel: true });
    const before = await tree(root);
    await run({ project, otel: true });
    await expect(tree(root)).resolves.toEqual(before);
  });

  it.each([
    ['no file', null],
    ['odd blanks', '{ "model" :   "opus",\r\n\t"u": "\\u0041" }\r\n\r\n'],
    ['variables of the user', '{"env": {"EDITOR": "vi"}}'],
    ['no variables', '{"env": {}}'],
    ['one of our variables, set by the user', '{"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": "1"}}'],
  ])('the block is removed together with the hooks, from %s byte for byte', async (_, text) => {
    if (text !== null) await put(userFile(), text);
    const before = [await tree(project), await tree(userHome)];
    for (const options of [{ project }, { user: true } as const]) {
      await run({ ...options, otel: true });
      await run({ ...options, remove: true });
      expect([await tree(project), await tree(userHome)]).toEqual(before);
      await expect(readdir(join(config.home, 'backups'))).resolves.toEqual([]);
    }
  });

  it('the block is removed alone if anything else has changed since', async () => {
    await put(userFile(), '{"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": "1", "EDITOR": "vi"}}');
    await run({ project, otel: true });
    const settings = (await readJson(userFile())) as Record<string, unknown>;
    await writeFile(userFile(), JSON.stringify({ ...settings, model: 'sonnet' }));
    await uninstall();
    await expect(readJson(userFile())).resolves.toEqual({
      env: { CLAUDE_CODE_ENABLE_TELEMETRY: '1', EDITOR: 'vi' },
      model: 'sonnet',
    });
  });

  it('the block stays while any project uses it', async () => {
    const other = join(root, 'other');
    await mkdir(other);
    await run({ project, otel: true });
    await run({ project: other, otel: true });
    await uninstall();
    expect(printed.find((line) => line.includes('stays on'))).toContain(other);
    await expect(readJson(userFile())).resolves.toEqual({ env: block });
    await run({ project: other, remove: true });
    await expect(readdir(userHome)).resolves.toEqual([]);

    await run({ user: true, otel: true });
    await run({ project, otel: true });
    await uninstall();
    await expect(readJson(userFile())).resolves.toMatchObject({ env: block });
    await run({ user: true, remove: true });
    await expect(readdir(userHome)).resolves.toEqual([]);
  });

  it("the user's hooks stay, and removing them leaves nothing", async () => {
    await put(userFile(), '{"model" : "opus"}');
    await run({ project, otel: true });
    await run({ user: true });
    await uninstall();
    const settings = (await readJson(userFile())) as Record<string, unknown>;
    expect(Object.keys(settings).sort()).toEqual(['hooks', 'model']);
    await run({ user: true, remove: true });
    await expect(tree(userHome)).resolves.toEqual({
      '.claude': null,
      '.claude/settings.json': '{"model" : "opus"}',
    });
    expect(existsSync(join(config.home, 'hooks'))).toBe(false);
  });

  it('a block that an earlier version wrote into project settings is moved', async () => {
    await put(settingsFile(), JSON.stringify({ env: { EDITOR: 'vi', ...oldBlock }, hooks: inProject }));
    await install();
    expect(printed.find((line) => line.includes('earlier version'))).toContain(
      `atel init --project ${project} --otel`,
    );
    await expect(readJson(settingsFile())).resolves.toMatchObject({ env: oldBlock });
    await run({ project, otel: true });
    await expect(readJson(settingsFile())).resolves.toEqual({ env: { EDITOR: 'vi' }, hooks: inProject });
    await expect(readJson(userFile())).resolves.toEqual({ env: block });
  });

  it('the block of an earlier version is updated, and stays until its user removes it', async () => {
    await put(userFile(), JSON.stringify({ env: oldBlock }));
    await run({ project, otel: true });
    await expect(readJson(userFile())).resolves.toEqual({ env: block });
  });

  it.each([
    [
      'an endpoint for one signal',
      settingsFile,
      { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://collector:4318/v1/logs' },
      'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
    ],
    [
      'a protocol for one signal',
      userFile,
      { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' },
      'METRICS_PROTOCOL',
    ],
    [
      "an endpoint in the project's own settings",
      localFile,
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317', CLAUDE_CODE_ENABLE_TELEMETRY: '1' },
      'OTEL_EXPORTER_OTLP_ENDPOINT',
    ],
    [
      'an endpoint for traces beside a block of ours',
      userFile,
      { ...block, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' },
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    ],
    ['another temporality', userFile, { [withTemporality]: 'cumulative' }, withTemporality],
  ])('%s for another collector is reported, and nothing is changed', async (_, file, env, name) => {
    await put(file(), JSON.stringify({ env }));
    const before = await tree(root);
    const message = await refusal({ project, otel: true });
    expect(message).toContain(`${file()} exports elsewhere already (`);
    expect(message).toContain(name);
    await expect(tree(root)).resolves.toEqual(before);
  });

  it('our own endpoint for one signal is accepted', async () => {
    await put(
      userFile(),
      JSON.stringify({ env: { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1:8317/v1/logs' } }),
    );
    await run({ project, otel: true });
    await expect(readJson(userFile())).resolves.toMatchObject({ env: block });
  });
});

describe('init warns if hooks are switched off', () => {
  it.each([
    ['disableAllHooks', settingsFile],
    ['disableAllHooks', () => join(project, '.claude', 'settings.local.json')],
    ['disableAllHooks', () => join(userHome, '.claude', 'settings.json')],
    ['disableAllHooks', managed],
    ['allowManagedHooksOnly', managed],
  ])('by %s', async (key, file) => {
    await put(file(), JSON.stringify({ [key]: true }));
    await install();
    expect(printed.at(-1)).toBe(
      `Nothing is recorded yet: ${key} in ${file()} switches hooks off. Remove it to record.`,
    );
    expect(printed.join()).not.toContain('is recorded into');
    await install();
    expect(printed.at(-1)).toContain('Nothing is recorded yet');
  });

  it('init does not warn of settings that switch hooks off where they have no effect', async () => {
    await put(settingsFile(), '{"disableAllHooks": false, "allowManagedHooksOnly": true}');
    await put(managed(), '{ half');
    await install();
    expect(printed.at(-1)).toContain('is recorded into');
  });

  it('init does not warn of the user settings if those of the project switch hooks on again', async () => {
    await put(join(userHome, '.claude', 'settings.json'), '{"disableAllHooks": true}');
    await put(settingsFile(), '{"disableAllHooks": false}');
    await install();
    expect(printed.at(-1)).toContain('is recorded into');
    // Managed settings override both.
    await put(managed(), '{"disableAllHooks": true}');
    await install();
    expect(printed.at(-1)).toContain(`disableAllHooks in ${managed()} switches hooks off`);
  });
});

it('settings with the line ends of Windows keep them', async () => {
  await put(settingsFile(), '{\r\n  "model": "opus"\r\n}\r\n');
  await install();
  const text = await readFile(settingsFile(), 'utf8');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(JSON.parse(text)).toMatchObject({ model: 'opus', hooks: inProject });
});

it('--otel says which variables of the shell lead elsewhere', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://otel.example',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
    // Ours in the settings take precedence over this one.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example',
  };
  const places = { source: SOURCE, managed: managed(), env };
  await init(config, { project, otel: true }, userHome, (line) => printed.push(line), places);
  expect(printed).toContain(
    'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL in the environment of this shell: an export that leads elsewhere, and wins. Unset what is named here where you start Claude Code.',
  );
});

describe('settings that start with a byte-order mark', () => {
  const text = '\uFEFF{\n\t"model":"opus"\n}\n';

  it('the hooks are added, and the mark is kept and restored byte for byte', async () => {
    await put(settingsFile(), text);
    await install();
    const written = await readFile(settingsFile(), 'utf8');
    expect(written.startsWith('\uFEFF{\n\t"model"')).toBe(true);
    expect(JSON.parse(written.slice(1))).toEqual({ model: 'opus', hooks: inProject });
    await uninstall();
    await expect(readFile(settingsFile(), 'utf8')).resolves.toBe(text);
  });
});

describe('init refuses and changes nothing', () => {
  it.each([
    ['half an object', '{"model": '],
    ['a list', '[]'],
    ['text', '"text"'],
  ])('if the settings are %s', async (_, text) => {
    await put(settingsFile(), text);
    const before = await tree(root);
    const message = `${settingsFile()} is not a JSON object; fix it first. Nothing was changed.`;
    await expect(refusal({ project })).resolves.toBe(message);
    await expect(refusal({ project, remove: true })).resolves.toBe(message);
    await expect(tree(root)).resolves.toEqual(before);
  });

  it('if the hooks have a shape that Claude Code does not accept', async () => {
    await put(settingsFile(), '{"hooks": {"Stop": "lint"}}');
    const before = await tree(root);
    await expect(refusal({ project })).resolves.toBe(
      `${settingsFile()}: "hooks.Stop" is not a list; fix it first. Nothing was changed.`,
    );
    await expect(tree(root)).resolves.toEqual(before);
  });

  it('if the settings are not UTF-8', async () => {
    await put(settingsFile(), '');
    const bytes = Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]);
    await writeFile(settingsFile(), bytes);
    await expect(refusal({ project })).resolves.toBe(
      `${settingsFile()} is not UTF-8; fix it first. Nothing was changed.`,
    );
    await expect(readFile(settingsFile())).resolves.toEqual(bytes);
  });

  it('if a foreign script has the name of one of ours', async () => {
    const mine = join(project, '.claude', 'hooks', 'log-event.sh');
    await put(mine, 'echo mine');
    const before = await tree(root);
    await expect(refusal({ project })).resolves.toBe(
      `${mine} exists and is not ours; move it first. Nothing was changed.`,
    );
    await expect(tree(root)).resolves.toEqual(before);
  });

  it('if both --user and --project are given', async () => {
    await expect(refusal({ user: true, project })).resolves.toMatch(
      /^--user and --project exclude each other/,
    );
    await expect(readdir(project)).resolves.toEqual([]);
    await expect(readdir(userHome)).resolves.toEqual([]);
  });

  it('if the project is not a folder', async () => {
    const missing = join(root, 'missing');
    await expect(refusal({ project: missing })).resolves.toBe(
      `${missing} is not a folder; name the project's folder with --project.`,
    );
    await put(join(root, 'file'), '');
    await expect(refusal({ project: join(root, 'file') })).resolves.toContain('is not a folder');
    expect(existsSync(missing)).toBe(false);
    expect(existsSync(config.home)).toBe(false);
  });
});
