import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { commands } from '../../src/cli/commands/index.js';
import { schemas } from '../../src/schemas.js';
import { Spool } from '../../src/spool/spool.js';
import { cli, fillInbox, startAtel, type RunningAtel } from '../helpers/atel.js';
import { runCommand } from '../helpers/command-host.js';
import { sessions } from '../helpers/captures.js';
import { freePort } from '../helpers/ports.js';
import { endsInBackground, holdStore, serverOf, until } from '../helpers/background.js';
import { prepareStore } from '../helpers/prepared-store.js';
import { run, type ProcessResult } from '../helpers/process.js';
import { standInForDrain } from '../helpers/stand-in.js';
import { tempFolder } from '../helpers/temp.js';
import { makeTelemetryEventRow } from './helpers/factories.js';

const PATH = process.env.PATH ?? '';
const { version } = packageJson;

/** A home folder with a telemetry folder and a port, used by one test. */
interface Place {
  userHome: string;
  home: string;
  port: number;
  env: Record<string, string>;
  atel(args: string[], env?: Record<string, string>): Promise<ProcessResult>;
}

async function place(more: Record<string, string> = {}): Promise<Place> {
  const userHome = tempFolder();
  const home = join(userHome, 'telemetry');
  const port = await freePort();
  const env = {
    PATH,
    HOME: userHome,
    AGENT_TELEMETRY_HOME: home,
    TINYBIRD_URL: `http://localhost:${port}`,
    // Any free port.
    AGENT_TELEMETRY_OTLP_GRPC_PORT: '0',
    AGENT_TELEMETRY_COLLECTOR_PORT: '0',
    AGENT_TELEMETRY_API_PORT: '0',
    AGENT_TELEMETRY_DASHBOARD_PORT: '0',
    ...more,
  };
  endsInBackground(home);
  return {
    userHome,
    home,
    port,
    env,
    atel: (args, changed = {}) => runCommand(args, { env: { ...env, ...changed }, cwd: userHome }),
  };
}

/** A place with a prepared store. store-setup.ts and the test of the package start a server for the first time. */
async function preparedPlace(): Promise<Place> {
  const here = await place();
  prepareStore(join(here.home, 'store'));
  return here;
}

/** A server that is stopped after the test. */
async function running({ home, port }: Place, env: Record<string, string> = {}): Promise<RunningAtel> {
  const server = await startAtel({ home, port, env });
  onTestFinished(() => server.stop(), 60_000);
  return server;
}

/** The single line that a command prints on stderr. */
function complaint(result: ProcessResult, code = 1): string {
  expect(result).toMatchObject({ code, signal: null, stdout: '' });
  const [line, ...more] = result.stderr.split('\n');
  expect(more).toEqual(['']);
  expect(line).toMatch(/^atel: \S/);
  return (line ?? '').replace(/^atel: /, '');
}

const segmentsOf = ({ home }: Place) =>
  readdirSync(join(home, 'spool', 'segments')).filter((name) => name.endsWith('.rows'));

/** All files below a folder, with content and times. */
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, `${statSync(file).mtimeMs} ${readFileSync(file, 'base64')}`]),
  );
}

describe('atel up', () => {
  it('atel up prints one line when it is ready, and ends on SIGTERM', async () => {
    const here = await preparedPlace();
    const child = spawn(process.execPath, [cli, 'up'], { env: here.env, stdio: 'pipe' });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await until('it is ready or gone', () => stdout.includes('ready') || child.exitCode !== null);
    const answer = await fetch(`${here.env.TINYBIRD_URL}/v0/pipes/cost_by_model.json`, {
      headers: { authorization: 'Bearer local' },
    });
    expect(answer.status).toBe(200);
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(stdout).toMatch(/^ready: [^\n]*\n$/);
    expect(stdout).toContain(`Tinybird API on http://127.0.0.1:${here.port},`);
    expect(stdout).toContain(`data in ${here.home}\n`);
    expect(stderr).toBe('');
  });

  it('atel up says that the port is in use', async () => {
    const here = await preparedPlace();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const env = { TINYBIRD_URL: `http://localhost:${port}` };
    expect(complaint(await here.atel(['up'], env))).toMatch(
      new RegExp(
        `^The store cannot listen for HTTP on 127\\.0\\.0\\.1:${port} .*in use by another program.*choose another port$`,
      ),
    );
    // The failed server has released the data folder.
    await running(here);
  });

  it.each(['AGENT_TELEMETRY_OTLP_GRPC_PORT', 'AGENT_TELEMETRY_COLLECTOR_PORT'])(
    'atel up says that the port in %s is in use',
    async (variable) => {
      const here = await preparedPlace();
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      onTestFinished(() => void other.close());
      const { port } = other.address() as AddressInfo;
      const line = complaint(await here.atel(['up'], { [variable]: String(port) }));
      expect(line).toContain(String(port));
      expect(line).toContain('in use');
      await running(here);
    },
  );

  it('atel up runs without the API or the dashboard if their port is in use, and says so', async () => {
    const here = await preparedPlace();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const port = String((other.address() as AddressInfo).port);
    const env = { ...here.env, AGENT_TELEMETRY_API_PORT: port, AGENT_TELEMETRY_DASHBOARD_PORT: port };
    const child = spawn(process.execPath, [cli, 'up'], { env, stdio: 'pipe' });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await until('it is ready or gone', () => stdout.includes('ready') || child.exitCode !== null);
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    for (const name of ['API', 'dashboard'])
      expect(stderr).toMatch(
        new RegExp(`^atel: The ${name} cannot listen for HTTP on 127\\.0\\.0\\.1:${port} .*in use.*$`, 'm'),
      );
    expect(stdout).not.toMatch(/dashboard on|, API on/);
    expect(complaint(await here.atel(['open'], env))).toContain(
      `nothing serves the dashboard on http://127.0.0.1:${port}`,
    );
  });

  it('atel up says that another server uses the data folder, and leaves that server alone', async () => {
    const here = await place();
    const first = await running(here);
    const env = { TINYBIRD_URL: `http://localhost:${await freePort()}` };
    const line = complaint(await here.atel(['up'], env));
    expect(line).toContain(`${join(here.home, 'store')} is in use by process ${serverOf(here.home)}`);
    expect(complaint(await here.atel(['up', '--detach'], env))).toBe(line);
    expect(await first.client.costByModel.query()).toEqual([]);
  });

  it('atel up says that the engine is not installed', async () => {
    const here = await place();
    const elsewhere = tempFolder();
    cpSync(dirname(cli), join(elsewhere, 'dist'), { recursive: true });
    writeFileSync(join(elsewhere, 'package.json'), '{"type":"module"}');
    const program = join(elsewhere, 'dist', 'cli.js');
    const result = await run(process.execPath, [program, 'up'], { env: here.env, cwd: elsewhere });
    expect(complaint(result)).toMatch(/^The embedded engine is not installed: run "npm install chdb"/);
    // Commands that need no engine still work.
    const status = await run(process.execPath, [program, 'status'], { env: here.env, cwd: elsewhere });
    expect(status).toMatchObject({ code: 0, stderr: '' });
  });

  it('atel up says that the telemetry folder cannot be made', async () => {
    const here = await place();
    const file = join(here.userHome, 'file');
    writeFileSync(file, '');
    const env = { AGENT_TELEMETRY_HOME: join(file, 'telemetry') };
    for (const args of [['up'], ['up', '--detach'], ['flush'], ['init']])
      expect(complaint(await here.atel(args, env))).toContain(join(file, 'telemetry'));
  });
});

describe('an invalid setting', () => {
  const commands = [['up'], ['up', '--detach'], ['init'], ['flush'], ['status'], ['status', '--json']];

  it.each(commands.map((args) => [args.join(' '), args] as const))(
    'an invalid environment variable gives one line from atel %s',
    async (_, args) => {
      const here = await place();
      expect(complaint(await here.atel(args, { AGENT_TELEMETRY_PRIVACY_TIER: '9' }))).toBe(
        'AGENT_TELEMETRY_PRIVACY_TIER takes 1, 2 or 3, not 9',
      );
      expect(existsSync(here.home)).toBe(false);
    },
  );

  it.each([
    ['a wrong value', '{"tinybird_port": "high"}', 'tinybird_port takes a port from 0 to 65535, not "high"'],
    ['the folder', '{"home": "/srv"}', 'home cannot be set in the file'],
    ['an unknown name', '{"prot": 1}', 'unknown setting "prot"'],
    ['invalid JSON', '{', 'is not a JSON object'],
  ])('an invalid settings file (%s) gives one line that names the file', async (_, text, says) => {
    const here = await place();
    const file = join(here.userHome, 'settings', 'agent-telemetry', 'config.json');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const line = complaint(
      await here.atel(['up'], { XDG_CONFIG_HOME: join(here.userHome, 'settings'), TINYBIRD_URL: '' }),
    );
    expect(line).toContain(file);
    expect(line).toContain(says);
  });

  it.each([
    [
      'a relative folder',
      { AGENT_TELEMETRY_HOME: 'telemetry' },
      'AGENT_TELEMETRY_HOME takes the absolute path',
    ],
    ['a remote store without tokens', { TINYBIRD_URL: 'https://x.example' }, 'AGENT_TELEMETRY_APPEND_TOKEN'],
    ['an invalid address', { TINYBIRD_URL: 'x.example' }, 'TINYBIRD_URL takes an http or https address'],
  ])('the error names the setting for %s', async (_, env, says) => {
    const here = await place();
    expect(complaint(await here.atel(['flush'], env))).toContain(says);
  });
});

describe('an unknown command', () => {
  it.each([
    ['a command of another tool', ['stop'], "unknown command 'stop' (Did you mean atel down?)\n"],
    ['a misspelt command', ['sesions'], "unknown command 'sesions'\n(Did you mean sessions?)\n"],
    [
      'an option of another tool',
      ['summary', '--from', '7d'],
      "unknown option '--from'\n(Did you mean --since?)\n",
    ],
    [
      'a misspelt option',
      ['summary', '--untill', '7d'],
      "unknown option '--untill'\n(Did you mean --until?)\n",
    ],
  ])('%s is answered with what was meant', async (_, args, says) => {
    const result = await (await place()).atel(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(`atel: ${says}`);
  });

  it.each([
    ['an unknown command', ['strat'], "unknown command 'strat'", 'atel --help'],
    ['an unknown option', ['--colour'], "unknown option '--colour'", 'atel --help'],
    ['an unknown option of a command', ['up', '--deatch'], "unknown option '--deatch'", 'atel up --help'],
    ['too many words', ['flush', 'now'], 'too many arguments', 'atel flush --help'],
    ['an option without its value', ['init', '--project'], 'argument missing', 'atel init --help'],
  ])('%s gets a hint at the help', async (_, args, says, help) => {
    const result = await (await place()).atel(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(says);
    expect(result.stderr).toContain(help);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  it('atel without a command prints the help', async () => {
    const result = await (await place()).atel([]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('Usage: atel');
  });
});

describe('atel up --detach', () => {
  it('atel up --detach returns when the server is ready, and says the second time that one is running', async () => {
    const here = await preparedPlace();
    expect(await here.atel(['up', '--detach'])).toEqual({
      code: 0,
      signal: null,
      stdout: `ready: Tinybird API on http://localhost:${here.port}, data in ${here.home} (in the background)\n`,
      stderr: '',
    });
    const pid = serverOf(here.home);
    expect(pid).toBeGreaterThan(0);
    expect(await here.atel(['up', '--detach'])).toEqual({
      code: 0,
      signal: null,
      stdout: `ready: Tinybird API on http://localhost:${here.port} (was running)\n`,
      stderr: '',
    });
    expect(serverOf(here.home)).toBe(pid);

    process.kill(pid ?? 0, 'SIGTERM');
    await until('the server is gone', () => serverOf(here.home) === undefined);
    expect(existsSync(join(here.home, 'store', 'server.lock'))).toBe(false);
    expect(await here.atel(['status'])).toMatchObject({ code: 0 });
  });

  it('another program on the port is not mistaken for the store', async () => {
    const here = await place();
    const other = createHttpServer((_, response) => response.end('hello'));
    other.listen(here.port, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    expect(complaint(await here.atel(['up', '--detach']))).toBe(
      `${here.env.TINYBIRD_URL} is answered by another program: stop that program, or choose another port (tinybird_port)`,
    );
  });

  it('two commands at once start only one server', async () => {
    const here = await preparedPlace();
    const both = await Promise.all([here.atel(['up', '--detach']), here.atel(['up', '--detach'])]);
    for (const result of both) expect(result).toMatchObject({ code: 0, stderr: '' });
  });

  it('the server stops by itself when no requests arrive', async () => {
    const here = await preparedPlace();
    // Three seconds.
    const env = { AGENT_TELEMETRY_IDLE_MINUTES: '0.05' };
    expect(await here.atel(['up', '--detach'], env)).toMatchObject({ code: 0 });
    await until('the server has stopped', () => serverOf(here.home) === undefined);
    expect(existsSync(join(here.home, 'store', 'server.lock'))).toBe(false);
    expect(readFileSync(join(here.home, 'atel.log'), 'utf8')).toMatch(/^ready: [^\n]*\n$/);
  });
});

describe('atel open', () => {
  /** A desktop whose browser records the address that it should open. */
  function desktop(code = 0): { env: Record<string, string>; opened: () => string } {
    const folder = tempFolder();
    const file = join(folder, 'opened');
    const script = `#!/bin/sh\necho "$@" >> '${file}'\nexit ${code}\n`;
    writeFileSync(join(folder, 'xdg-open'), script, { mode: 0o755 });
    return {
      env: { DISPLAY: ':0', PATH: `${folder}:${PATH}` },
      opened: () => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
    };
  }

  it.runIf(process.platform === 'linux')(
    'atel open prints the address, and opens a browser if there is a screen',
    async () => {
      const here = await place();
      const { env, dashboardUrl } = await running(here);
      const said = { code: 0, stdout: `${dashboardUrl}\n`, stderr: '' };
      const [screen, broken, printed] = [desktop(), desktop(3), desktop()];
      expect(await here.atel(['open'], { ...env, ...screen.env })).toMatchObject(said);
      await until('the browser is open', () => screen.opened() === `${dashboardUrl}\n`);
      expect(await here.atel(['open'], { ...env, ...broken.env })).toMatchObject(said);
      expect(await here.atel(['open'], { ...env, DISPLAY: ':0', PATH: '/nonexistent' })).toMatchObject(said);
      expect(await here.atel(['open'], { ...env })).toMatchObject(said);
      expect(await here.atel(['open', '--print'], { ...env, ...printed.env })).toMatchObject(said);
      expect(printed.opened()).toBe('');
      expect((await here.atel(['status'], env)).stdout).toMatch(
        new RegExp(`^Dashboard +${dashboardUrl}\nAPI +http://127\\.0\\.0\\.1:\\d+$`, 'm'),
      );
    },
  );

  it('atel open says what to do if no dashboard is running', async () => {
    const here = await place();
    const env = { AGENT_TELEMETRY_DASHBOARD_PORT: String(await freePort()) };
    expect(complaint(await here.atel(['open'], env))).toMatch(
      /^nothing serves the dashboard on http:\/\/127\.0\.0\.1:\d+: atel up --detach starts it/,
    );
    expect(existsSync(here.home)).toBe(false);
  });
});

describe('atel status', () => {
  it('atel status on an empty machine reports that, and makes no folder', async () => {
    const here = await place();
    const result = await here.atel(['status']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('asleep');
    expect(result.stdout).toContain('nothing yet');
    expect(result.stdout).toContain(`${here.home}\n            not there yet: run atel init\n`);
    expect(existsSync(here.home)).toBe(false);
  });

  it('an empty HOME makes no files in the working directory', async () => {
    const here = await place();
    const result = await here.atel(['status', '--json'], { HOME: '', AGENT_TELEMETRY_HOME: '' });
    const { recording } = JSON.parse(result.stdout) as { recording: { folder: string } };
    expect(recording.folder).toBe(join(userInfo().homedir, '.agent-telemetry'));
  });

  it('atel status describes a running store as text and as JSON', async () => {
    const here = await place();
    const atel = await running(here);
    await atel.loadCaptures();
    const text = await here.atel(['status']);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^Store +http:\/\/localhost:\d+ \(this machine\)\n +answers\n/);
    expect(text.stdout).toContain(here.home);

    const json = await here.atel(['status', '--json']);
    expect(json).toMatchObject({ code: 0, stderr: '' });
    const { last_stored_at: storedAt, layers, ...rest } = schemas.status.parse(JSON.parse(json.stdout));
    for (const id of Object.values(sessions))
      expect(layers?.find(({ session_id }) => session_id === id)).toMatchObject({
        seen_by_hook: 1,
        seen_by_transcript: 1,
        seen_by_otel: 0,
      });
    expect(rest).toEqual({
      store: {
        url: here.env.TINYBIRD_URL,
        local: true,
        answers: true,
        problem: null,
        process: { pid: expect.any(Number) as number, since: expect.any(String) as string },
      },
      // The settings of this command let the system choose both ports.
      dashboard: { url: 'http://127.0.0.1:0', answers: false },
      api: { url: 'http://127.0.0.1:0', answers: false },
      collector: { url: 'http://127.0.0.1:0', answers: false },
      recording: { enabled: true, privacy_tier: 1, folder: here.home },
      retention: { days: null, contents_days: 30 },
      waiting: { events: 0, batches: 0, bytes: 0 },
      refused: { rows: 0, quarantined_rows: 0, reasons: [] },
      refused_tables: [],
      dropped_rows: 0,
      damaged: { rows: 0, reasons: [] },
      left_out_lines: 0,
      redacted: {},
      unreadable_events: 0,
      newer_events: 0,
      lost_events: 0,
      last_lost_at: null,
      folder_problem: null,
      program_problem: null,
      delivery_problem: null,
      last_failures: [],
      unread_history: null,
      transcripts: { kept_days: 30, set_in: null, first_deletion_at: null },
      client: null,
      costs: { compared: 0, equal: 0 },
      otel_export: null,
      capture: {
        hooks: [],
        hooks_off: [],
        otel: { settings: null, ignored_in: [], overridden_by: [], requests: null },
      },
      project_logs: [],
    });
    expect(Date.now() - Date.parse(String(storedAt))).toBeLessThan(600_000);
  });

  it('atel status counts hook payloads and emitted events that no drain has read', async () => {
    const here = await place();
    standInForDrain(here.home);
    for (const n of [1, 2])
      expect(await here.atel(['emit', 'custom', `name=x${n}`])).toMatchObject({ code: 0 });
    fillInbox(here.home, { only: (index) => index === 0 });
    const text = await here.atel(['status']);
    expect(text.stdout).toMatch(/^Waiting +3 events, 0 batches \(0 bytes\)$/m);
  });

  it('atel status fails if the store refuses the token', async () => {
    const here = await place();
    await running(here);
    // The value of the append token is not an administrator token and may not read.
    const tokens = JSON.parse(
      await (
        await fetch(`${here.env.TINYBIRD_URL}/v0/tokens`, { headers: { authorization: 'Bearer local' } })
      ).text(),
    ) as { tokens: { name: string; token: string }[] };
    const append = tokens.tokens.find(({ name }) => name === 'agent_telemetry_append')?.token ?? '';
    expect(append).not.toBe('');
    const result = await here.atel(['status', '--json'], { AGENT_TELEMETRY_READ_TOKEN: append });
    expect(result).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({
      store: { answers: false, problem: { kind: 'unauthorized' } },
    });
  });

  it.each([
    ['one token', {}],
    [
      'separate tokens for reading and writing',
      { AGENT_TELEMETRY_APPEND_TOKEN: 'p.appends', AGENT_TELEMETRY_READ_TOKEN: 'p.reads' },
    ],
  ])(
    'atel status fails if a row was refused, and gives the reason, with %s',
    async (_, tokens) => {
      const here = await place(tokens);
      await running(here, tokens);
      mkdirSync(join(here.home, 'spool', 'segments'), { recursive: true });
      writeFileSync(
        join(here.home, 'spool', 'segments', '00000000000001-0000.ndjson'),
        `${JSON.stringify({ table: 'telemetry_events', row: { event_id: 'e', timestamp: 'yesterday' } })}\n`,
      );
      const flushed = await here.atel(['flush']);
      expect(flushed).toMatchObject({ code: 1, stdout: 'flush: 0 events read, 0 rows stored\n' });
      expect(flushed.stderr).toMatch(/^atel: 1 row refused .*--replay tries again\)\n$/);
      const status = await here.atel(['status']);
      expect(status).toMatchObject({ code: 1, stderr: '' });
      expect(status.stdout).toMatch(/Refused +1 row\n +telemetry_events: quarantined: [^]*timestamp/);
    },
    180_000,
  );

  it('atel status says where data leaves this machine', async () => {
    const here = await place();
    const port = await freePort();
    const result = await here.atel(['status'], {
      // A host name of this machine that does not count as local.
      TINYBIRD_URL: `https://localhost:${port}`,
      AGENT_TELEMETRY_APPEND_TOKEN: 'a',
      AGENT_TELEMETRY_READ_TOKEN: 'r',
    });
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('REMOTE: data leaves this machine');
  });
});

describe('atel doctor', () => {
  /** A place with hooks, whose doctor finds nothing but what the test adds. */
  async function sound(): Promise<Place> {
    const here = await place();
    expect(await here.atel(['init', '--user'])).toMatchObject({ code: 0 });
    return here;
  }
  const found = async (here: Place, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await here.atel(['doctor', '--json'], env);
    expect(stderr).toBe('');
    const { exit_code, findings } = schemas.doctor.parse(JSON.parse(stdout));
    expect(exit_code).toBe(code);
    return { code, ids: findings.map(({ id }) => id) };
  };

  it('atel doctor finds no problem after init, and changes nothing', async () => {
    const here = await sound();
    const before = contents(here.userHome);
    expect(await found(here)).toEqual({ code: 0, ids: ['store_asleep'] });
    expect((await here.atel(['doctor'])).stdout).toMatch(/\n\n0 problems, 1 hint\.\n$/);
    expect(contents(here.userHome)).toEqual(before);
  });

  it('atel doctor exits with 3 for an invalid setting, and names it', async () => {
    const here = await sound();
    const wrong = { AGENT_TELEMETRY_ENABLED: 'perhaps' };
    expect(await found(here, wrong)).toEqual({ code: 3, ids: ['setting_invalid'] });
    const { stdout } = await here.atel(['doctor'], wrong);
    expect(stdout).toMatch(/^Problem +AGENT_TELEMETRY_ENABLED takes true or false, not "perhaps"\.\n/);
  });

  it('atel doctor exits with 4 where no hooks are, and its command mends that', async () => {
    const here = await place();
    expect(await found(here)).toEqual({ code: 4, ids: ['no_hooks', 'store_asleep'] });
    expect((await here.atel(['doctor'])).stdout).toContain('         $ atel init --project .\n');
    expect(await here.atel(['init', '--project', '.'])).toMatchObject({ code: 0 });
    expect(await found(here)).toMatchObject({ code: 0 });
  });

  it('atel doctor exits with 4 if the program was moved, and its command mends that', async () => {
    const here = await sound();
    const link = join(here.home, 'program');
    rmSync(link);
    symlinkSync(join(here.userHome, 'moved'), link);
    expect(await found(here)).toMatchObject({ code: 4, ids: ['program_missing', 'store_asleep'] });
    expect(await here.atel(['flush'])).toMatchObject({ code: 0 });
    expect(await found(here)).toMatchObject({ code: 0 });
  });

  it('atel doctor exits with 5 if another program answers at the address of the store', async () => {
    const here = await sound();
    const other = createHttpServer((_, response) => response.writeHead(401).end('{}'));
    await new Promise<void>((resolve) => other.listen(here.port, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    expect(await found(here)).toEqual({ code: 5, ids: ['store_unauthorized'] });
  });

  it('atel doctor exits with 6 for a refused row, and with 7 for a damaged one alone', async () => {
    const here = await sound();
    const spool = new Spool(join(here.home, 'spool'));
    await spool.bury({ table: 'telemetry_events', row: {} }, 'quarantined: no id');
    mkdirSync(join(here.home, 'spool', 'segments'), { recursive: true });
    writeFileSync(join(here.home, 'spool', 'segments', 'stranger'), '');
    expect(await found(here)).toEqual({ code: 6, ids: ['dead_letters', 'rows_damaged', 'store_asleep'] });
    await rm(join(here.home, 'spool', 'dead-letters'), { recursive: true });
    expect(await found(here)).toEqual({ code: 7, ids: ['rows_damaged', 'store_asleep'] });
  });
});

describe('atel dead', () => {
  const reasons = ['quarantined: no id', 'answered 400: no time'];

  /** A place with a store that is up, and two dead letters that it accepts. */
  async function withLetters(): Promise<Place> {
    const here = await place();
    const spool = new Spool(join(here.home, 'spool'));
    for (const [n, reason] of reasons.entries())
      await spool.bury(
        { table: 'telemetry_events', row: { ...makeTelemetryEventRow(), event_id: `dead-${n}` } },
        reason,
      );
    return here;
  }
  const listed = async (here: Place, args: string[] = ['list']) => {
    const { code, stdout, stderr } = await here.atel(['dead', ...args, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return schemas.dead.parse(JSON.parse(stdout));
  };

  it('atel dead lists, selects and shows the refused rows, and changes nothing', async () => {
    const here = await withLetters();
    const before = contents(here.home);
    const { rows, letters } = await listed(here);
    expect(rows).toBe(2);
    expect(letters.map(({ table, reason, row }) => [table, reason, row]).sort()).toEqual(
      reasons.map((reason) => ['telemetry_events', reason, null]).sort(),
    );
    expect((await listed(here, ['list', '--reason', 'no time'])).letters).toMatchObject([
      { reason: reasons[1] },
    ]);
    expect(await listed(here, ['list', '--table', 'requests'])).toEqual({ rows: 0, letters: [] });
    expect(await listed(here, ['list', '--older-than', '1h'])).toEqual({ rows: 0, letters: [] });
    const id = letters.find(({ reason }) => reason === reasons[0])!.id;
    expect((await listed(here, ['show', id.slice(0, 8)])).letters).toMatchObject([
      { id, row: { event_id: 'dead-0' } },
    ]);
    expect((await here.atel(['dead'])).stdout).toMatch(/\n2 refused rows\.\n$/);
    expect(contents(here.home)).toEqual(before);
  });

  it('atel dead purge removes what is meant, and nothing with --dry-run', async () => {
    const here = await withLetters();
    expect(await here.atel(['dead', 'purge', '--reason', 'no id', '--dry-run'])).toMatchObject({
      code: 0,
      stdout: 'dead: 1 refused row would be removed (dry run)\n',
    });
    expect((await listed(here)).rows).toBe(2);
    expect(await here.atel(['dead', 'purge', '--reason', 'no id'])).toMatchObject({
      code: 0,
      stdout: 'dead: 1 refused row removed for good\n',
    });
    expect((await listed(here)).letters).toMatchObject([{ reason: reasons[1] }]);
    expect(await here.atel(['dead', 'purge', '--all'])).toMatchObject({ code: 0 });
    expect((await listed(here)).rows).toBe(0);
  });

  it('atel dead replay sends only what is meant, and the store has it', async () => {
    const here = await withLetters();
    const atel = await running(here);
    expect(await here.atel(['dead', 'replay', '--reason', 'no id'])).toMatchObject({
      code: 1,
      stdout: 'dead: 1 refused row put back into the spool\nflush: 0 events read, 1 rows stored\n',
    });
    expect((await listed(here)).letters).toMatchObject([{ reason: reasons[1] }]);
    expect(await here.atel(['dead', 'replay'])).toMatchObject({ code: 0, stderr: '' });
    expect((await listed(here)).rows).toBe(0);
    const stored = await atel.client.sql('SELECT event_id FROM telemetry_events FINAL ORDER BY event_id');
    expect(stored).toEqual([{ event_id: 'dead-0' }, { event_id: 'dead-1' }]);
  });

  it.each([
    ['an unknown action', ['bury'], 2, 'dead takes list, show, replay, purge, not "bury"'],
    ['a purge of everything by accident', ['purge'], 2, '--all removes every refused row'],
    ['--all with a selection', ['purge', '--all', '--table', 'x'], 2, '--all alone'],
    ['--dry-run with list', ['list', '--dry-run'], 2, '--dry-run is for atel dead purge'],
    ['an age that is none', ['list', '--older-than', 'soon'], 2, '--older-than takes hours, days or weeks'],
    ['an id that no letter has', ['show', 'ffff'], 1, 'has the id ffff: atel dead lists them'],
  ])('atel dead refuses %s', async (_, args, code, says) => {
    const here = await place();
    expect(complaint(await here.atel(['dead', ...args]), code)).toContain(says);
    expect(existsSync(here.home)).toBe(false);
  });
});

describe('atel restart', () => {
  it('atel restart starts a store that is down, and replaces a running one with another process', async () => {
    const here = await preparedPlace();
    const first = await here.atel(['restart']);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/^No store is running \(.*\)\nready: .* \(in the background\)\n$/);
    const pid = serverOf(here.home);
    const second = await here.atel(['restart']);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stdout).toMatch(
      new RegExp(`^Stopped the store \\(process ${pid}\\)\\. .*\\nready: .* \\(in the background\\)\\n$`),
    );
    expect(serverOf(here.home)).not.toBe(pid);
    const health: unknown = await (await fetch(`http://localhost:${here.port}/health`)).json();
    expect(health).toMatchObject({ status: 'ok', service: 'atel-store', version, queue: 0 });
  }, 180_000);

  it('atel restart with a remote store says that there is nothing to restart', async () => {
    const here = await place();
    const remote = {
      TINYBIRD_URL: 'https://api.example.com',
      AGENT_TELEMETRY_APPEND_TOKEN: 'a',
      AGENT_TELEMETRY_READ_TOKEN: 'r',
    };
    expect(complaint(await here.atel(['restart'], remote))).toContain(
      'The store is https://api.example.com: there is no store to restart here',
    );
  });
});

describe('atel flush', () => {
  it('atel flush makes no files on a machine without telemetry', async () => {
    const here = await place();
    expect(await here.atel(['flush'])).toMatchObject({
      code: 0,
      stdout: `flush: nothing was recorded yet (there is no ${here.home})\n`,
      stderr: '',
    });
    expect(readdirSync(here.userHome)).toEqual([]);
  });

  it('atel flush succeeds if there is nothing to do', async () => {
    const here = await place();
    mkdirSync(here.home);
    expect(await here.atel(['flush'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'flush: 0 events read, 0 rows stored\n',
      stderr: '',
    });
    expect(serverOf(here.home)).toBeUndefined();
  });

  it('atel flush starts the store and delivers everything', async () => {
    const here = await preparedPlace();
    fillInbox(here.home);
    const result = await here.atel(['flush']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^flush: 74 events read, [1-9]\d* rows stored\n$/);
    expect(serverOf(here.home)).toBeGreaterThan(0);
    expect(segmentsOf(here)).toEqual([]);
    expect(await here.atel(['flush'])).toMatchObject({
      code: 0,
      stdout: 'flush: 0 events read, 0 rows stored\n',
    });
  });

  it('atel flush keeps and reports what an unreachable store did not take, and delivers it once later', async () => {
    const here = await preparedPlace();
    fillInbox(here.home);
    const lock = holdStore(here.home);
    const failed = await here.atel(['flush']);
    expect(failed).toMatchObject({ code: 1, stdout: 'flush: 74 events read, 0 rows stored\n' });
    const kept = segmentsOf(here);
    expect(failed.stderr).toMatch(
      new RegExp(
        `^atel: ${kept.length} batch(es)? not delivered: http://localhost:${here.port}/v0/events cannot be reached: [^\\n]*\\n$`,
      ),
    );
    expect(kept.length).toBeGreaterThan(0);
    expect(readdirSync(join(here.home, 'inbox'))).toEqual([]);
    expect(await here.atel(['flush'])).toMatchObject({ code: 1 });
    expect(segmentsOf(here)).toEqual(kept);
    const status = await here.atel(['status']);
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/^Problem .*cannot be reached/m);

    lock.release();
    const atel = await running(here);
    expect(await here.atel(['flush'])).toMatchObject({ code: 0, stderr: '' });
    expect(segmentsOf(here)).toEqual([]);
    const models = await atel.client.costByModel.query({ from: '2026-11-20 00:00:00' });
    expect(models.reduce((count, row) => count + row.request_count, 0)).toBe(23);
    expect(models.reduce((cost, row) => cost + (row.total_cost_usd ?? NaN), 0)).toBeCloseTo(0.5069675, 9);
    expect(await here.atel(['status'])).toMatchObject({ code: 0 });
  });
});

describe('atel init', () => {
  it('a second atel init changes nothing, and --remove leaves no trace', async () => {
    const here = await place();
    const project = tempFolder();
    mkdirSync(join(project, '.claude'));
    writeFileSync(
      join(project, '.claude', 'settings.json'),
      '{\n\t"model": "opus",\n\t"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}\n}',
    );
    const before = contents(project);

    expect(await here.atel(['init', '--project', project])).toMatchObject({ code: 0, stderr: '' });
    const installed = contents(project);
    expect(Object.keys(installed).length).toBeGreaterThan(Object.keys(before).length);
    const again = await here.atel(['init', '--project', project]);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('nothing changed');
    expect(contents(project)).toEqual(installed);

    expect(await here.atel(['init', '--project', project, '--remove'])).toMatchObject({
      code: 0,
      stderr: '',
    });
    const bytes = (of: Record<string, string>) =>
      Object.fromEntries(Object.entries(of).map(([file, content]) => [file, content.split(' ')[1]]));
    expect(bytes(contents(project))).toEqual(bytes(before));
    expect(await here.atel(['init', '--project', project, '--remove'])).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  it('atel init uses the current folder as the project', async () => {
    const here = await place();
    expect(await here.atel(['init'])).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(here.userHome, '.claude', 'settings.json'))).toBe(true);
    expect(existsSync(join(here.userHome, '.claude', 'hooks', 'log-event.sh'))).toBe(true);
  });

  it('atel init --user records all projects of the user, and --remove leaves no trace', async () => {
    const here = await place();
    expect(await here.atel(['init', '--user'])).toMatchObject({ code: 0, stderr: '' });
    const settings = join(here.userHome, '.claude', 'settings.json');
    expect(readFileSync(settings, 'utf8')).toContain(join(here.home, 'hooks', 'log-event.sh'));
    expect(await here.atel(['init', '--user'])).toMatchObject({ code: 0, stderr: '' });
    expect(await here.atel(['init', '--user', '--remove'])).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(here.userHome, '.claude'))).toBe(false);
    expect(existsSync(join(here.home, 'hooks'))).toBe(false);
  });

  it.each([
    ['a project that is not a folder', ['--project', '/nonexistent/project'], 'is not a folder'],
    ['two places at once', ['--project', '.', '--user'], 'exclude each other'],
  ])('atel init refuses %s in one line', async (_, args, says) => {
    expect(complaint(await (await place()).atel(['init', ...args]), 2)).toContain(says);
  });
});

describe('wrong usage', () => {
  const names = commands.map(({ name }) => name);

  it('wrong usage ends every command with 2 and prints to stderr; only emit and hook-handler exit with 0', async () => {
    const here = await place();
    expect(names).toEqual(expect.arrayContaining(['up', 'init', 'flush', 'run', 'summary', 'hook-handler']));
    const ended: Record<string, number | null> = {};
    for (const name of names) {
      const { code, stdout, stderr } = await here.atel([name, '--no-such-option']);
      ended[name] = code;
      expect({ stdout, stderr }, name).toEqual({
        stdout: '',
        stderr: expect.stringMatching(/^atel: unknown option/) as string,
      });
    }
    expect(ended).toEqual({
      ...Object.fromEntries(names.map((name) => [name, 2])),
      emit: 0,
      'hook-handler': 0,
    });
  });

  it('the help of every command has examples', async () => {
    const here = await place();
    for (const name of names) {
      const { stdout } = await here.atel([name, '--help']);
      expect(stdout, name).toMatch(/\nExamples:\n {2}(?:\$|In) \S/);
    }
  });

  it.each([
    ['run without a command', ['run']],
    ['an invalid age', ['prune', '--older-than', 'soon']],
    ['an invalid time', ['backfill', '--since', 'soon']],
    ['an unknown protocol', ['init', '--otel', 'smoke']],
  ])('%s exits with 2 and prints nothing on stdout', async (_, args) => {
    const here = await place();
    mkdirSync(join(here.userHome, '.ll'));
    writeFileSync(join(here.userHome, '.ll', 'll-config.json'), '{"telemetry": {}}');
    expect(await here.atel(args)).toMatchObject({ code: 2, stdout: '' });
  });

  it('atel emit exits with 0, because scripts call it, and reports the mistake', async () => {
    const result = await (await place()).atel(['emit']);
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toMatch(/missing required argument 'event'/);
  });
});

describe('a terminal of 80 columns', () => {
  /** Lines that are too long, not counting paths and addresses. */
  const tooLong = (text: string) =>
    text.split('\n').filter((line) => line.replaceAll(/\S*\/\S*/g, '').length > 80);

  it.each([[[]], [['up']], [['init']], [['flush']], [['status']]])(
    'the help of atel %s fits in 80 columns',
    async (args) => {
      const result = await (await place()).atel([...args, '--help'], { COLUMNS: '80' });
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain('Usage: atel');
      expect(tooLong(result.stdout)).toEqual([]);
    },
  );

  it('atel status fits in 80 columns, without a store and with a problem', async () => {
    const here = await place();
    expect(tooLong((await here.atel(['status'])).stdout)).toEqual([]);
    fillInbox(here.home);
    holdStore(here.home);
    await here.atel(['flush']);
    const { stdout } = await here.atel(['status']);
    expect(stdout).toContain('Problem');
    expect(tooLong(stdout)).toEqual([]);
  });
});
