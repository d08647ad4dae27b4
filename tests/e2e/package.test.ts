import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createTinybirdClient } from '../../src/client.js';
import { freePort } from '../helpers/ports.js';
import { endsInBackground, until } from '../helpers/background.js';
import { createSandbox, runClaude } from '../helpers/claude.js';
import { run } from '../helpers/process.js';
import { startScriptedApi } from '../helpers/scripted-api.js';
import { trueCost } from '../helpers/truth.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string };

/** npm, with what the machine has downloaded already. */
async function npm(args: string[], cwd: string, home: string): Promise<string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      /^(?:npm_config_(?!prefix)|NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy)/i.test(entry[0]),
  );
  const cache = (
    await run('npm', ['config', 'get', 'cache'], { env: { ...strings(process.env), PATH } })
  ).stdout.trim();
  const env = { ...Object.fromEntries(inherited), PATH, HOME: home, npm_config_cache: cache };
  const result = await run('npm', args, { cwd, env });
  if (result.code !== 0) throw new Error(`npm ${args.join(' ')} failed: ${result.stderr}`);
  return result.stdout;
}

/** The package as it would be published: the path of its file below a folder. */
async function pack(folder: string, home: string): Promise<string> {
  const tarballs = join(folder, 'tarballs');
  mkdirSync(tarballs);
  await npm(['pack', '--ignore-scripts', '--pack-destination', tarballs], repository, home);
  return join(tarballs, readdirSync(tarballs)[0]!);
}

/** Installs a packed package, without its engine. */
async function install(tarball: string, cwd: string, home: string, ...more: string[]): Promise<void> {
  const quick = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--omit=optional'];
  await npm(['install', ...quick, ...more, tarball], cwd, home);
}

function strings(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

describe('the package', () => {
  it('works when it is installed globally in an empty home: version, init, a recorded session, emit, removal', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const { root, home, project } = sandbox;
    const telemetry = join(home, '.agent-telemetry');
    endsInBackground(telemetry);
    const prefix = join(root, 'prefix');
    await install(await pack(root, home), root, home, '--global', '--prefix', prefix);
    // The engine, 543 MB, is there once: the one of this repository.
    const installed = join(prefix, 'lib', 'node_modules', 'atel');
    const engine = dirname(createRequire(import.meta.url).resolve('chdb/package.json'));
    mkdirSync(join(installed, 'node_modules'), { recursive: true });
    rmSync(join(installed, 'node_modules', 'chdb'), { recursive: true, force: true });
    symlinkSync(engine, join(installed, 'node_modules', 'chdb'));

    const ports = {
      TINYBIRD_URL: `http://localhost:${await freePort()}`,
      AGENT_TELEMETRY_OTLP_GRPC_PORT: String(await freePort()),
      AGENT_TELEMETRY_COLLECTOR_PORT: String(await freePort()),
    };
    const env = { PATH: [join(prefix, 'bin'), PATH].join(delimiter), HOME: home, ...ports };
    const command = (name: string, ...args: string[]) => run(name, args, { env, cwd: project });
    for (const name of ['atel', 'll-telemetry'])
      expect(await command(name, '--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });

    expect(await command('atel', 'init')).toMatchObject({ code: 0, stderr: '' });
    const session = await runClaude({
      sandbox,
      api,
      env: ports,
      prompt: 'PLAN: agent reviewer foreground <<PLAN: say reviewed>> ; bash false ; say finished',
    });
    expect(session).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await command('atel', 'run', '--task', 'T-1', '--', 'sh', '-c', 'exit 4')).toMatchObject({
      code: 4,
    });
    await until('all is delivered', async () => (await command('atel', 'flush')).code === 0);
    const client = createTinybirdClient({ baseUrl: ports.TINYBIRD_URL, token: 'local' });
    const sessions = await client.sessionOverview.query({ days: 1 });
    expect(sessions.map(({ session_id }) => session_id)).toEqual([session.result.session_id]);
    expect(sessions[0]?.total_cost_usd).toBeCloseTo(trueCost(session.requests), 9);
    const ended = await client.sql(
      `SELECT tool_name, status, task_id FROM telemetry_events FINAL WHERE event = 'command_end'`,
    );
    expect(ended).toEqual([{ tool_name: 'sh', status: 'failure', task_id: 'T-1' }]);

    expect(await command('atel', 'init', '--remove')).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(project, '.claude', 'settings.json'))).toBe(false);
  }, 240_000);

  it('has types that a strict project compiles against, and an emit that it runs', async () => {
    await using sandbox = await createSandbox();
    const { root, home } = sandbox;
    const consumer = join(root, 'consumer');
    mkdirSync(consumer);
    writeFileSync(join(consumer, 'package.json'), '{"name":"consumer","type":"module","private":true}');
    await install(await pack(root, home), consumer, home);
    writeFileSync(
      join(consumer, 'use.ts'),
      `import { createTinybirdClient, emit, type EmittedEvent } from 'atel';
       const event: EmittedEvent = { event: 'issue_complete', issue_id: 'BUG-7', phases: { ready: 1 }, more: 'x' };
       const { recorded, problem } = emit(event, { drain: false });
       const both: [boolean, string | null] = [recorded, problem];
       // @ts-expect-error a tool call is Claude Code's to tell
       emit({ event: 'tool_call' });
       // @ts-expect-error a duration is a number
       emit({ event: 'command_end', duration_ms: 'long' });
       createTinybirdClient({ baseUrl: 'http://localhost', token: 'x' });
       console.log(JSON.stringify(both));
      `,
    );
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const types = dirname(dirname(createRequire(import.meta.url).resolve('@types/node/package.json')));
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--exactOptionalPropertyTypes'];
    const env = { PATH, HOME: home, AGENT_TELEMETRY_HOME: join(root, 'telemetry') };
    const compiled = await run(
      process.execPath,
      [tsc, ...flags, '--skipLibCheck', '--typeRoots', types, '--types', 'node', 'use.ts'],
      { cwd: consumer, env },
    );
    expect(compiled).toMatchObject({ code: 0, stdout: '' });
    mkdirSync(env.AGENT_TELEMETRY_HOME);
    expect(await run(process.execPath, ['use.js'], { cwd: consumer, env })).toEqual({
      code: 0,
      signal: null,
      stdout: '[true,null]\n',
      stderr: '',
    });
  }, 240_000);
});
