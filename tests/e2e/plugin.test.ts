import {
  cpSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cli } from '../helpers/atel.js';
import { freePort } from '../helpers/ports.js';
import { until } from '../helpers/background.js';
import { clientBinary, createSandbox, runClaude } from '../helpers/claude.js';
import { run } from '../helpers/process.js';
import { startScriptedApi } from '../helpers/scripted-api.js';
import { tempFolder } from '../helpers/temp.js';
import { testClient } from '../helpers/test-client.js';
import { trueCost } from '../helpers/truth.js';

const plugin = fileURLToPath(new URL('../..', import.meta.url));
const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');

describe('the plugin', () => {
  it.each(['.', '.claude-plugin/plugin.json', 'dist'])(
    '%s passes the strict validation of the client',
    async (path) => {
      const result = await run(clientBinary(), ['plugin', 'validate', join(plugin, path), '--strict'], {
        env: {
          PATH,
          HOME: tempFolder(),
          DISABLE_AUTOUPDATER: '1',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        },
      });
      expect(result).toMatchObject({ code: 0 });
      expect(result.stdout).toContain('Validation passed');
    },
  );

  it('the client copies only the bundle and the hooks, and the link leads to the folder that it came from', async () => {
    const home = tempFolder();
    const client = (...args: string[]) =>
      run(clientBinary(), ['plugin', ...args], {
        env: { PATH, HOME: home, DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
      });
    expect(await client('marketplace', 'add', plugin)).toMatchObject({ code: 0 });
    expect(await client('install', 'agent-telemetry@agent-telemetry')).toMatchObject({ code: 0 });
    const copies = join(home, '.claude', 'plugins', 'cache', 'agent-telemetry', 'agent-telemetry');
    const [version = '', ...others] = readdirSync(copies);
    expect(others).toEqual([]);
    const files = readdirSync(join(copies, version), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    const names = files.map((file) => relative(join(copies, version), join(file.parentPath, file.name)));
    expect(names).toEqual(
      expect.arrayContaining(['drain.js', 'hooks/hooks.json', 'hooks/link.sh', '.claude/hooks/log-event.sh']),
    );
    expect(names.filter((name) => name.includes('node_modules'))).toEqual([]);
    const bytes = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
    expect(bytes).toBeLessThan(15e6);
    const linked = await run(join(copies, version, 'hooks', 'link.sh'), [], {
      env: { PATH: '/usr/bin:/bin', HOME: home },
    });
    expect(linked).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(readlinkSync(join(home, '.agent-telemetry', 'program'))).toBe(join(plugin, 'dist'));
  });

  it('the branch that a release makes installs the plugin without a build, and its hooks record', async () => {
    const root = tempFolder();
    const env = { PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1', DISABLE_AUTOUPDATER: '1' };
    const does = async (program: string, args: string[], more: Record<string, string> = {}) =>
      expect(await run(program, args, { env: { ...env, ...more }, cwd: root }), args.join(' ')).toMatchObject(
        {
          code: 0,
        },
      );
    const bare = join(root, 'remote.git');
    await does('git', ['init', '--quiet', '--bare', bare]);
    const author = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x@example.com' };
    const committer = { GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@example.com' };
    const script = join(plugin, 'scripts', 'plugin-branch.mjs');
    await does(process.execPath, [script], { GIT_DIR: bare, ...author, ...committer });
    // What the client does with an address and a branch.
    const clone = join(root, 'clone');
    await does('git', ['clone', '--quiet', '--branch', 'plugin', bare, clone]);

    const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
    await does(clientBinary(), ['plugin', 'marketplace', 'add', clone], quiet);
    await does(clientBinary(), ['plugin', 'install', 'agent-telemetry@agent-telemetry'], quiet);
    const copies = join(root, '.claude', 'plugins', 'cache', 'agent-telemetry', 'agent-telemetry');
    const copy = join(copies, readdirSync(copies)[0] ?? '');
    await does(join(copy, 'hooks', 'link.sh'), []);
    expect(readlinkSync(join(root, '.agent-telemetry', 'program'))).toBe(copy);
    const event = { hook_event_name: 'Stop', session_id: 's', cwd: root };
    const hook = await run(join(copy, '.claude', 'hooks', 'log-event.sh'), [], {
      env,
      input: JSON.stringify(event),
    });
    expect(hook).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(readdirSync(join(root, '.agent-telemetry', 'inbox'))).toHaveLength(1);
  });

  it('a clone without the built files has no plugin, and the client says so', async () => {
    const root = tempFolder();
    cpSync(join(plugin, '.claude-plugin'), join(root, 'clone', '.claude-plugin'), { recursive: true });
    const client = (...args: string[]) =>
      run(clientBinary(), ['plugin', ...args], {
        env: { PATH, HOME: root, DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
      });
    await client('marketplace', 'add', join(root, 'clone'));
    const { code, stdout, stderr } = await client('install', 'agent-telemetry@agent-telemetry');
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/dist|not found|does not exist/i);
  });

  it('a session is recorded without init, and the next one is told about it', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const home = join(sandbox.home, '.agent-telemetry');
    const env = {
      TINYBIRD_URL: `http://localhost:${await freePort()}`,
      AGENT_TELEMETRY_OTLP_GRPC_PORT: String(await freePort()),
      AGENT_TELEMETRY_COLLECTOR_PORT: String(await freePort()),
      AGENT_TELEMETRY_API_PORT: String(await freePort()),
      AGENT_TELEMETRY_DASHBOARD_PORT: String(await freePort()),
    };
    const session = await runClaude({
      sandbox,
      api,
      env,
      args: ['--plugin-dir', plugin],
      prompt:
        'PLAN: agent reviewer foreground <<PLAN: bash git log --oneline ; say reviewed>> ; skill release-notes ; bash false ; say finished',
    });
    expect(session).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readlinkSync(join(home, 'program'))).toBe(join(plugin, 'dist'));

    const whole = { PATH, HOME: sandbox.home, ...env };
    await until(
      'all is delivered',
      async () => (await run(process.execPath, [cli, 'flush'], { env: whole })).code === 0,
    );
    const client = testClient(env.TINYBIRD_URL);
    const [recorded, ...others] = await client.sessionOverview.query({ days: 1 });
    expect(others).toEqual([]);
    expect(recorded).toMatchObject({ session_id: session.result.session_id });
    expect(recorded?.total_cost_usd).toBeCloseTo(trueCost(session.requests), 9);
    expect(recorded?.total_cost_usd).toBeCloseTo(session.result.total_cost_usd, 9);
    const skills = await client.skillFrequency.query({ days: 1 });
    expect(skills).toMatchObject([{ skill_name: 'release-notes', activations: 1 }]);

    const next = await runClaude({
      sandbox,
      api,
      env,
      args: ['--plugin-dir', plugin],
      prompt: 'PLAN: say hi',
    });
    expect(next.requests.flatMap(({ texts }) => texts()).join('\n')).toContain(
      'agent-telemetry: last 7 days',
    );
  }, 180_000);
});

/** A plugin folder with a program in it. */
function pluginIn(folder: string): string {
  mkdirSync(join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'dist', 'drain.js'), '');
  cpSync(join(plugin, 'hooks'), join(folder, 'hooks'), { recursive: true });
  return folder;
}

describe('the program link of the plugin', () => {
  const link = (folder: string, root: string, more: Record<string, string> = {}) =>
    run(join(folder, 'hooks', 'link.sh'), [], { env: { PATH, HOME: root, ...more } });
  const linked = (root: string) => readlinkSync(join(root, '.agent-telemetry', 'program'));
  const silence = { code: 0, stdout: '', stderr: '' };

  it('the link is made, kept, and updated from an older plugin, even a deleted one', async () => {
    const root = tempFolder();
    const [first, second] = ['1.0', '2.0'].map((version) =>
      pluginIn(join(root, '.claude', 'plugins', version)),
    );
    expect(await link(first!, root)).toMatchObject(silence);
    expect(await link(first!, root)).toMatchObject(silence);
    expect(linked(root)).toBe(join(first!, 'dist'));
    expect(await link(second!, root)).toMatchObject(silence);
    expect(linked(root)).toBe(join(second!, 'dist'));
    rmSync(second!, { recursive: true });
    expect(await link(first!, root)).toMatchObject(silence);
    expect(linked(root)).toBe(join(first!, 'dist'));
  });

  it('a plugin that is the bundle itself, as the client copies it, is linked as it is', async () => {
    const root = tempFolder();
    const folder = join(root, '.claude', 'plugins', 'cache', 'agent-telemetry', 'agent-telemetry', '1.0');
    cpSync(join(plugin, 'hooks'), join(folder, 'hooks'), { recursive: true });
    writeFileSync(join(folder, 'drain.js'), '');
    expect(await link(folder, root)).toMatchObject(silence);
    expect(linked(root)).toBe(folder);
  });

  it('the link leads to an installed atel and not to the copy in the plugin, which has no engine', async () => {
    const root = tempFolder();
    const folder = pluginIn(join(root, '.claude', 'plugins', 'p'));
    expect(await link(folder, root)).toMatchObject(silence);
    const installed = join(root, 'lib', 'dist');
    mkdirSync(installed, { recursive: true });
    mkdirSync(join(root, 'bin'));
    for (const file of ['cli.js', 'drain.js']) writeFileSync(join(installed, file), '', { mode: 0o755 });
    symlinkSync(join(installed, 'cli.js'), join(root, 'bin', 'atel'));
    const PATH_WITH_ATEL = [join(root, 'bin'), PATH].join(':');
    expect(await link(folder, root, { PATH: PATH_WITH_ATEL })).toMatchObject(silence);
    expect(linked(root)).toBe(installed);
  });

  it('a foreign program link is kept, and none is made if telemetry is off or has no program', async () => {
    const root = tempFolder();
    const own = pluginIn(join(root, 'clone'));
    const folder = pluginIn(join(root, '.claude', 'plugins', 'p'));
    const off = await link(folder, root, { AGENT_TELEMETRY_ENABLED: '0' });
    expect(off).toMatchObject(silence);
    expect(() => linked(root)).toThrow('ENOENT');
    mkdirSync(join(root, '.agent-telemetry'));
    symlinkSync(join(own, 'dist'), join(root, '.agent-telemetry', 'program'));
    expect(await link(folder, root)).toMatchObject(silence);
    expect(linked(root)).toBe(join(own, 'dist'));
    rmSync(join(folder, 'dist'), { recursive: true });
    expect(await link(folder, tempFolder())).toMatchObject(silence);
  });
});
