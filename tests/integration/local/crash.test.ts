import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Engine } from '../../../src/local/engine/engine.js';
import { deploy, recover } from '../../../src/local/workspace/deploy.js';
import { StateFiles } from '../../../src/local/workspace/state.js';
import { Workspace } from '../../../src/local/workspace/workspace.js';
import { countsTable, totalling, totals } from './datafiles.js';
import { openServer, temporaryFolder } from './server.js';

const asFiles = (files: Record<string, string>) =>
  Object.entries(files).map(([filename, content]) => ({ filename, content }));

const before = {
  'copied.datasource': countsTable('UInt8', 'id'),
  'altered.datasource': countsTable('UInt8', 'id'),
  'removed.datasource': countsTable('UInt8', 'id'),
  'totals.datasource': totals,
  'totalling.pipe': totalling('copied', 1),
};
/** One table is copied, one altered, one removed, one is new, and a target is computed again. */
const after = {
  'copied.datasource': countsTable('UInt32', 'n, id'),
  'altered.datasource': countsTable('UInt8', 'id', ',\n    more String `json:$.more`'),
  'created.datasource': countsTable('UInt8', 'id'),
  'totals.datasource': totals,
  'totalling.pipe': totalling('copied', 2),
};

class Crash extends Error {}

/** An engine whose process ends at its n-th statement. */
function dyingEngine(engine: Engine, last: number): { engine: Engine; survived: () => boolean } {
  let count = 0;
  const step =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      count += 1;
      return count > last ? Promise.reject(new Crash(`after ${last} statements`)) : work(...args);
    };
  const dying = new Proxy(engine, {
    get(target, key, receiver): unknown {
      if (key === 'execute') return step((sql: string) => target.execute(sql));
      if (key === 'rows') return step((sql: string) => target.rows(sql));
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  return { engine: dying, survived: () => count <= last };
}

/** Deploys `after` in a process that ends after this number of statements; false if the deployment completed. */
async function deployAndDie(folder: string, statements: number): Promise<boolean> {
  const engine = await Engine.open(join(folder, 'engine'));
  try {
    const saved = await new StateFiles(folder).read();
    const healthy = new Workspace('local', 'local', engine, () => undefined, folder, saved);
    await recover(healthy);
    const dying = dyingEngine(engine, statements);
    const workspace = new Workspace('local', 'local', dying.engine, () => undefined, folder, saved);
    workspace.serve(healthy.project);
    await deploy(workspace, {
      files: asFiles(after),
      kind: 'build',
      allowDestructive: true,
      check: false,
      promote: true,
    }).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    return !dying.survived();
  } finally {
    await engine.close();
  }
}

it('a deployment that is killed at any statement leaves the old or the new one, with every row', async () => {
  const seen = new Set<string>();
  let died = true;
  await using prepared = await temporaryFolder();
  {
    await using server = await openServer(prepared.path);
    expect(await server.deploy('/v1/build', before)).toMatchObject({ status: 200 });
    const ten = Array.from({ length: 10 }, (_, id) => ({ id, n: 1 }));
    for (const name of ['copied', 'altered', 'removed']) await server.ingest(name, ten);
  }
  // The first statements only check. After them, every second one is enough to cover each step.
  for (let statements = 15; died; statements += 2) {
    await using folder = await temporaryFolder();
    // The engine links its folders by relative paths.
    cpSync(prepared.path, folder.path, { recursive: true, verbatimSymlinks: true });
    died = await deployAndDie(folder.path, statements);
    await using server = await openServer(folder.path);
    const isNew = (await server.send('/v0/datasources/created.datasource')).status === 200;
    seen.add(`${died ? 'died' : 'lived'} ${isNew ? 'new' : 'old'}`);
    const where = `after ${statements} statements`;
    for (const name of ['copied', 'altered']) {
      expect(await server.rows(`SELECT count() AS n FROM ${name}`), where).toEqual([{ n: 10 }]);
    }
    expect(await server.rows('SELECT sum(n) AS n FROM totals'), where).toEqual([{ n: isNew ? 20 : 10 }]);
    await server.ingest('copied', [{ id: 99, n: 1 }]);
    expect(await server.rows('SELECT sum(n) AS n FROM totals'), where).toEqual([{ n: isNew ? 22 : 11 }]);
    // The table that the build removed was kept: it returns with the old definition.
    expect(
      await server.deploy('/v1/build', { ...before, 'extra.pipe': 'NODE n\nSQL >\n    SELECT 1' }),
    ).toMatchObject({
      status: 200,
    });
    expect(await server.rows('SELECT count() AS n FROM removed'), where).toEqual([{ n: 10 }]);
  }
  expect([...seen].sort()).toEqual(['died new', 'died old', 'lived new']);
}, 600_000);
