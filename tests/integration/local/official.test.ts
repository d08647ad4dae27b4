import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TinybirdApi } from '@tinybirdco/sdk';
import { describe, expect, it } from 'vitest';
import { openServer, temporaryFolder } from './server.js';

/** The address that the official CLI uses with `--local`; it cannot be changed. */
const LOCAL = 'http://localhost:7181';
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));

const definitions = (extra: string) => `
import { defineDatasource, defineEndpoint, defineMaterializedView, defineToken, engine, node, p, t, Tinybird } from '@tinybirdco/sdk';

const reader = defineToken('reader');
export const events = defineDatasource('events', {
  description: "User events 'quoted'",
  schema: {
    id: t.string(),
    at: t.dateTime64(3, 'UTC'),
    kind: t.string().lowCardinality(),
    note: t.string().lowCardinality().nullable(),
    tags: t.array(t.string()).default(['a', 'b']),
    props: t.map(t.string(), t.string()),
    amount: t.float64().nullable(),${extra}
  },
  engine: engine.replacingMergeTree({ sortingKey: ['id'], partitionKey: 'toYYYYMM(at)' }),
  tokens: [{ token: reader, scope: 'READ' }],
});
export const byKind = defineDatasource('by_kind', {
  jsonPaths: false,
  schema: { kind: t.string(), ids: t.simpleAggregateFunction('groupUniqArrayArray', t.array(t.string())) },
  engine: engine.aggregatingMergeTree({ sortingKey: ['kind'] }),
});
export const merge = defineMaterializedView('merge_kinds', {
  datasource: byKind,
  nodes: [node({ name: 'm', sql: 'SELECT toString(kind) AS kind, groupUniqArray(id) AS ids FROM events GROUP BY kind' })],
});
export const top = defineEndpoint('top', {
  params: { days: p.int32().optional(7), kind: p.string().optional(), ids: p.array(p.string()).optional() },
  nodes: [
    node({ name: 'filtered', sql: \`SELECT * FROM events FINAL WHERE at > now64(3) - toIntervalDay({{Int32(days, 7)}})
      {% if defined(kind) %} AND kind = {{String(kind)}} {% end %}
      {% if defined(ids) %} AND id IN {{Array(ids, 'String')}} {% end %}\` }),
    node({ name: 'counted', sql: 'SELECT kind, count() AS events, sum(amount) AS amount FROM filtered GROUP BY kind ORDER BY kind' }),
  ],
  output: { kind: t.string(), events: t.uint64(), amount: t.float64().nullable() },
  tokens: [{ token: reader, scope: 'READ' }],
});
export const tinybird = new Tinybird({ datasources: { events, byKind }, pipes: { top, merge }, connections: {} });
`;

/**
 * Makes a Node program connect to `url` when it requests the CLI's own address. So the tests can use any free port,
 * even beside a Tinybird Local on this address.
 */
const connectingTo = (url: string) =>
  `--import=data:text/javascript,${encodeURIComponent(
    `const send = fetch; globalThis.fetch = (to, init) => send(String(to).replace('${LOCAL}/', '${url}/'), init);`,
  )}`;

/** A project of the SDK in its own folder, and its CLI without any settings of this machine. */
async function createProject(folder: string, url: string) {
  await mkdir(join(folder, 'home'));
  await symlink(modules, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const config = {
    include: ['tinybird.ts'],
    token: 'local',
    baseUrl: LOCAL,
    devMode: 'local',
  };
  await writeFile(join(folder, 'tinybird.json'), JSON.stringify(config));
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: join(folder, 'home'),
    NO_COLOR: '1',
    NODE_OPTIONS: connectingTo(url),
  };
  return {
    define: (extra: string) => writeFile(join(folder, 'tinybird.ts'), definitions(extra)),
    tinybird: (...args: string[]) => runCli(args, folder, env),
  };
}

function runCli(
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(join(modules, '.bin/tinybird'), args, { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
    });
  });
}

describe('the official CLI', () => {
  it('the CLI builds, deploys, checks, shows info and pulls; the official client reads and writes', async () => {
    await using data = await temporaryFolder();
    await using folder = await temporaryFolder();
    await using server = await openServer(data.path);
    const project = await createProject(folder.path, server.local.url);
    await project.define('');
    const run = async (...args: string[]) => {
      const { code, output } = await project.tinybird(...args);
      expect(output).not.toMatch(/undefined|at file:/);
      return { code, output };
    };

    const built = await run('build', '--local');
    expect(built).toMatchObject({ code: 0 });
    expect(built.output).toMatch(/events/);
    expect((await run('build', '--local')).output).toMatch(/no changes/i);

    const api = new TinybirdApi({ baseUrl: server.local.url, token: 'local' });
    const at = new Date().toISOString();
    const row = (id: string, kind: string, amount: number | null) => ({
      id,
      at,
      kind,
      amount,
      props: new Map([['k', 'v']]),
    });
    expect(
      await api.ingestBatch('events', [row('1', 'x', 1.5), row('2', 'x', null), row('3', 'y', 2)]),
    ).toMatchObject({
      successful_rows: 3,
      quarantined_rows: 0,
    });
    expect((await api.query('top', {})).data).toEqual([
      { kind: 'x', events: 2, amount: 1.5 },
      { kind: 'y', events: 1, amount: 2 },
    ]);
    expect((await api.query('top', { ids: ['1', '3'], kind: 'y' })).data).toEqual([
      { kind: 'y', events: 1, amount: 2 },
    ]);
    expect((await api.sql('SELECT kind, length(ids) AS n FROM by_kind FINAL ORDER BY kind')).data).toEqual([
      { kind: 'x', n: 2 },
      { kind: 'y', n: 1 },
    ]);
    await expect(api.query('nope', {})).rejects.toThrow("The pipe 'nope' does not exist");

    await project.define("\n    more: t.string().default('none'),");
    expect((await run('deploy', '--check')).code).toBe(0);
    const deployed = await run('deploy');
    expect(deployed).toMatchObject({ code: 0 });
    expect((await api.sql('SELECT count() AS n, any(more) AS more FROM events')).data).toEqual([
      { n: 3, more: 'none' },
    ]);
    expect((await run('deploy')).code).toBe(0);
    expect((await run('info')).code).toBe(0);

    const pulled = await run('pull', '--force', '--output-dir', 'pulled');
    expect(pulled).toMatchObject({ code: 0 });
    const text = await readFile(join(folder.path, 'pulled', 'events.datasource'), 'utf8').catch(() =>
      readFile(join(folder.path, 'pulled', 'datasources', 'events.datasource'), 'utf8'),
    );
    expect(text).toContain('ENGINE "ReplacingMergeTree"');

    await project.define(
      '\n    broken: t.nope(),'.replace('t.nope()', "t.string().default('x').codec('Nope')"),
    );
    const failed = await run('build', '--local');
    expect(failed.code).toBe(1);
    expect(failed.output).toMatch(/events\.datasource\s+Unknown codec family: Nope/);
    expect((await api.query('top', {})).data).toHaveLength(2);
  });

  it('on a feature branch the CLI builds into a workspace of its own, where the client in dev mode finds it', async () => {
    await using data = await temporaryFolder();
    await using folder = await temporaryFolder();
    await using server = await openServer(data.path);
    const project = await createProject(folder.path, server.local.url);
    await project.define('');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd: folder.path,
        stdio: 'pipe',
        env: { PATH: process.env.PATH ?? '', HOME: folder.path },
      });
    git('init', '-q', '-b', 'main');
    git('commit', '-q', '--allow-empty', '-m', 'first');
    expect(await project.tinybird('build', '--local')).toMatchObject({ code: 0 });
    git('checkout', '-q', '-b', 'feature/x');
    expect(await project.tinybird('build', '--local')).toMatchObject({ code: 0 });
    const names = async () => {
      const { body } = await server.send('/v1/user/workspaces');
      return (body as { workspaces: { name: string }[] }).workspaces.map(({ name }) => name);
    };
    expect(await names()).toEqual(['local', 'feature_x']);

    const { body } = await server.send('/v0/environments/feature_x?with_token=true');
    const { token } = body as { token: string };
    const branch = new TinybirdApi({ baseUrl: server.local.url, token });
    const row = { id: '1', at: new Date().toISOString(), kind: 'x', amount: 1, props: {} };
    expect(await branch.ingestBatch('events', [row])).toMatchObject({ successful_rows: 1 });
    expect((await branch.query('top', {})).data).toEqual([{ kind: 'x', events: 1, amount: 1 }]);
    const main = new TinybirdApi({ baseUrl: server.local.url, token: 'local' });
    expect((await main.query('top', {})).data).toEqual([]);

    expect(await project.tinybird('preview', '--local')).toMatchObject({ code: 0 });
    expect(await names()).toEqual(['local', 'feature_x', 'tmp_ci_feature_x']);
    expect(await project.tinybird('clear', '--local', '--yes')).toMatchObject({ code: 0 });
    expect(await branch.query('top', {}).catch((error: unknown) => String(error))).toContain('Invalid token');
    expect((await main.query('top', {})).data).toEqual([]);
  });

  it('the CLI builds and deploys the catalogue of this repository with its own tinybird.json', async () => {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using server = await openServer(data.path);
    const repository = fileURLToPath(new URL('../../..', import.meta.url));
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: home.path,
      NO_COLOR: '1',
      NODE_OPTIONS: connectingTo(server.local.url),
    };
    const tinybird = (...args: string[]) => runCli(args, repository, env);

    const built = await tinybird('build', '--local');
    expect(built).toMatchObject({ code: 0 });
    for (const name of ['api_requests', 'session_summaries', 'cost_by_model', 'optimization_insights']) {
      expect(built.output).toContain(name);
    }
    expect(await tinybird('deploy')).toMatchObject({ code: 0 });

    const api = new TinybirdApi({ baseUrl: server.local.url, token: 'local' });
    expect((await api.query('cost_by_model')).data).toEqual([]);
  });
});
