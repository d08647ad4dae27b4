import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import { schemas } from '../../src/schemas.js';
import { freePort } from '../helpers/ports.js';
import { until } from '../helpers/background.js';
import { createSandbox, runClaude } from '../helpers/claude.js';
import { run, type ProcessResult } from '../helpers/process.js';
import { startScriptedApi } from '../helpers/scripted-api.js';
import { trueCost } from '../helpers/truth.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string };

let cache: Promise<ProcessResult> | undefined;

/** npm, with the packages that the machine has already downloaded. */
async function npm(args: string[], cwd: string, home: string): Promise<string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      /^(?:npm_config_(?!prefix)|NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy)/i.test(entry[0]),
  );
  cache ??= run('npm', ['config', 'get', 'cache'], { env: { ...strings(process.env), PATH } });
  const npm_config_cache = (await cache).stdout.trim();
  const env = { ...Object.fromEntries(inherited), PATH, HOME: home, npm_config_cache };
  const result = await run('npm', args, { cwd, env });
  if (result.code !== 0) throw new Error(`npm ${args.join(' ')} failed: ${result.stderr}`);
  return result.stdout;
}

/** The package as it would be published. */
let tarball: string;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'atel-packed-'));
  await npm(['pack', '--ignore-scripts', '--pack-destination', folder], repository, folder);
  tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  );
});
afterAll(() => rmSync(dirname(tarball), { recursive: true, force: true }));

/** Installs the package without its engine. */
async function install(cwd: string, home: string, ...more: string[]): Promise<void> {
  const quick = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--omit=optional'];
  await npm(['install', ...quick, ...more, tarball], cwd, home);
}

function strings(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** All files below a folder with their content. */
function filesBelow(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((file) => [relative(folder, file), readFileSync(file, 'base64')]),
  );
}

describe('the package', () => {
  it('a first-time user gets from an empty home to a recorded session with figures, and to removal', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const { root, home, project } = sandbox;
    const telemetry = join(home, '.agent-telemetry');
    const prefix = join(root, 'prefix');
    const before = { project: filesBelow(project), home: readdirSync(home) };
    await install(root, home, '--global', '--prefix', prefix);
    // The engine (571 MB) is not copied: this repository's is used.
    const installed = join(prefix, 'lib', 'node_modules', 'atel');
    const engine = dirname(createRequire(import.meta.url).resolve('chdb/package.json'));
    mkdirSync(join(installed, 'node_modules'), { recursive: true });
    rmSync(join(installed, 'node_modules', 'chdb'), { recursive: true, force: true });
    symlinkSync(engine, join(installed, 'node_modules', 'chdb'));

    const ports = {
      TINYBIRD_URL: `http://localhost:${await freePort()}`,
      AGENT_TELEMETRY_OTLP_GRPC_PORT: String(await freePort()),
      AGENT_TELEMETRY_COLLECTOR_PORT: String(await freePort()),
      AGENT_TELEMETRY_API_PORT: String(await freePort()),
      AGENT_TELEMETRY_DASHBOARD_PORT: String(await freePort()),
    };
    const env = { PATH: [join(prefix, 'bin'), PATH].join(delimiter), HOME: home, ...ports };
    const command = (name: string, ...args: string[]) => run(name, args, { env, cwd: project });
    const says = async (...args: string[]) => {
      const { code, stdout, stderr } = await command('atel', ...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    for (const name of ['atel', 'll-telemetry'])
      expect(await command(name, '--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });

    expect(await says('init')).toContain(`recorded into ${telemetry}; nothing leaves this machine`);
    const session = await runClaude({
      sandbox,
      api,
      env: ports,
      // Five calls of Bash, one of which fails.
      prompt:
        'PLAN: agent reviewer foreground <<PLAN: bash true ; say reviewed>> ; bash false ; bash true ; bash true ; bash true ; say finished',
    });
    expect(session).toMatchObject({ exitCode: 0, stderr: '' });
    const { session_id: id, total_cost_usd: cost } = session.result;
    expect(cost).toBeCloseTo(trueCost(session.requests), 9);
    // Amounts below ten cents have four decimals.
    expect(cost).toBeLessThan(0.0999);
    const shownCost = cost.toFixed(4);
    expect(await command('atel', 'run', '--task', 'T-1', '--', 'sh', '-c', 'exit 4')).toMatchObject({
      code: 4,
    });
    await until('all is delivered', async () => (await command('atel', 'flush')).code === 0);

    const answer = async <K extends keyof typeof schemas>(name: K, ...args: string[]) =>
      schemas[name].parse(JSON.parse(await says(name, ...args, '--json'))) as z.infer<(typeof schemas)[K]>;
    const billed = session.requests.filter(({ usage }) => usage !== null).length;
    const { metrics } = await answer('summary', '--since', '1d');
    const metric = (name: string) => metrics.find((one) => one.metric === name)?.value;
    expect(metric('cost_usd')).toBeCloseTo(cost, 9);
    expect([metric('sessions'), metric('requests'), metric('agent_runs')]).toEqual([1, billed, 1]);
    expect([metric('tool_calls'), metric('tool_failures')]).toEqual([6, 1]);
    expect(await says('summary', '--since', '1d')).toMatch(
      new RegExp(`^Cost \\(list price\\) +${shownCost} `, 'm'),
    );

    const detail = await answer('session', id.slice(0, 8));
    expect(detail.session).toMatchObject({ session_id: id, status: 'ended', prompts: 1, tool_failures: 1 });
    expect(detail.session.total_cost_usd).toBeCloseTo(cost, 9);
    const shown = await says('session', id.slice(0, 8));
    expect(shown).toContain(`${shownCost} USD list price\n`);
    expect(shown).toContain('→ ✗ Bash (exit 1)');
    expect(shown).toMatch(/^ .* agent reviewer /m);

    const dashboard = `http://127.0.0.1:${ports.AGENT_TELEMETRY_DASHBOARD_PORT}`;
    expect(await says('open', '--print')).toBe(`${dashboard}\n`);
    expect(await (await fetch(dashboard)).text()).toContain('<div id="page">');

    // One failure of five may be chance.
    expect(await answer('insights', '--since', '1d')).toMatchObject({ hints: [] });
    expect(await says('insights', '--since', '1d')).toContain('Nothing stands out');

    const rows = await answer(
      'sql',
      `SELECT tool_name, status, task_id FROM telemetry_events FINAL WHERE event = 'command_end'`,
    );
    expect(rows).toEqual([{ tool_name: 'sh', status: 'failure', task_id: 'T-1' }]);

    expect(await says('init', '--remove')).toContain(
      `What was recorded stays in ${telemetry}; remove that folder`,
    );
    expect(filesBelow(project)).toEqual(before.project);
    await runClaude({ sandbox, api, env: ports, prompt: 'PLAN: say unseen' });
    expect(await says('flush')).toContain('0 events read');
    expect((await answer('sessions', '--since', '1d')).sessions).toHaveLength(1);
    await npm(['uninstall', '--global', '--prefix', prefix, 'atel'], root, home);
    expect(readdirSync(join(prefix, 'bin'))).toEqual([]);
    // The client keeps its own files there.
    const more = readdirSync(home).filter(
      (name) => !before.home.includes(name) && !name.startsWith('.claude'),
    );
    expect(more).toEqual(['.agent-telemetry']);
  }, 300_000);

  it('a strict project compiles with its types, and its emit works', async () => {
    await using sandbox = await createSandbox();
    const { root, home } = sandbox;
    const consumer = join(root, 'consumer');
    mkdirSync(consumer);
    writeFileSync(join(consumer, 'package.json'), '{"name":"consumer","type":"module","private":true}');
    await install(consumer, home);
    writeFileSync(
      join(consumer, 'use.ts'),
      `import { costByModel, createTinybirdClient, emit, exportAsTraces, exportEvents, log, type EmittedEvent, type TraceExportOutcome } from 'atel';
       import { rowSchema, schemas } from 'atel/schemas';
       const event: EmittedEvent = { event: 'issue_complete', issue_id: 'BUG-7', phases: { ready: 1 }, more: 'x' };
       const { recorded, problem } = emit(event, { drain: false });
       const both: [boolean, string | null] = [recorded, problem];
       // @ts-expect-error a tool call is Claude Code's to tell
       emit({ event: 'tool_call' });
       // @ts-expect-error a duration is a number
       emit({ event: 'command_end', duration_ms: 'long' });
       createTinybirdClient({ baseUrl: 'http://localhost', token: 'x' });
       const share: number | null | undefined = schemas.summary.safeParse({}).data?.cost[0]?.cost_share;
       const row = rowSchema(costByModel).safeParse({ model: 'x', more: 1 });
       // @ts-expect-error a column that the pipe does not answer
       row.data?.more;
       export const sent = async (): Promise<TraceExportOutcome[]> => [
         await exportAsTraces({ endpoint: 'http://localhost:4318', from: new Date(), project: 'x' }),
         await exportEvents({ endpoint: 'http://localhost:4318', events: log.read({ file: 'x', days: 2 }) }),
       ];
       export const slowest = async (): Promise<number | null | undefined> =>
         (await log.trends({ period: 'weekly' })).work[0]?.avg_run_ms;
       // @ts-expect-error a period that there is not
       export const never = () => log.trends({ period: 'yearly' });
       console.log(JSON.stringify([...both, share, row.success]));
      `,
    );
    // The example in the documentation.
    const page = readFileSync(join(repository, '.docs', 'AGENTS.md'), 'utf8');
    const example = [...page.matchAll(/^```ts\n(.*?)^```/gms)].find(([, code]) =>
      code?.includes('atel/schemas'),
    );
    writeFileSync(join(consumer, 'example.ts'), example?.[1] ?? 'none');
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const types = dirname(dirname(createRequire(import.meta.url).resolve('@types/node/package.json')));
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--exactOptionalPropertyTypes'];
    const env = { PATH, HOME: home, AGENT_TELEMETRY_HOME: join(root, 'telemetry') };
    const compiled = await run(
      process.execPath,
      [tsc, ...flags, '--skipLibCheck', '--typeRoots', types, '--types', 'node', 'use.ts', 'example.ts'],
      { cwd: consumer, env },
    );
    expect(compiled).toMatchObject({ code: 0, stdout: '' });
    mkdirSync(env.AGENT_TELEMETRY_HOME);
    expect(await run(process.execPath, ['use.js'], { cwd: consumer, env })).toEqual({
      code: 0,
      signal: null,
      stdout: '[true,null,null,false]\n',
      stderr: '',
    });
  }, 240_000);
});
