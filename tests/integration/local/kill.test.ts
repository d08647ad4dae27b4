import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { countsTable, totalling, totals } from './datafiles.js';
import { openServer, temporaryFolder } from './server.js';
import { startChild } from './start-child.js';

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const first = {
  'rows_in.datasource': countsTable('UInt8', 'id'),
  'totals.datasource': totals,
  'totalling.pipe': totalling('rows_in', 1),
};
/** Another sorting key and type (requires a copy), and another query of the view (requires computing it again). */
const second = {
  'rows_in.datasource': countsTable('UInt32', 'n, id'),
  'totals.datasource': totals,
  'totalling.pipe': totalling('rows_in', 2),
};

describe('kill -9', () => {
  it('killing the server loses no acknowledged row', async () => {
    await using folder = await temporaryFolder();
    {
      await using server = await openServer(folder.path);
      await server.deploy('/v1/build', first);
    }
    const { child, url } = await startChild([folder.path]);
    const post = (from: number, count: number, wait: boolean) =>
      fetch(`${url}/v0/events?name=rows_in${wait ? '&wait=true' : ''}`, {
        method: 'POST',
        headers: { authorization: 'Bearer local' },
        body: Array.from({ length: count }, (_, at) => JSON.stringify({ id: from + at, n: 1 })).join('\n'),
      });
    for (let at = 0; at < 40; at += 1) expect((await post(at * 5, 5, true)).status).toBe(200);
    expect((await post(200, 3_000, true)).status).toBe(200);
    expect((await post(3_200, 1, false)).status).toBe(202);
    await kill(child);
    await using server = await openServer(folder.path);
    // 40 batches of 5 rows, one of 3000, one of 1.
    expect(await server.rows('SELECT count() AS n, uniqExact(id) AS ids FROM rows_in')).toEqual([
      { n: 3_201, ids: 3_201 },
    ]);
    expect(await server.rows('SELECT sum(n) AS n FROM totals')).toEqual([{ n: 3_201 }]);
  });

  it.each([0, 200, 400])(
    'killing a deployment after %i ms leaves the old or the new one, with every row',
    async (delay) => {
      await using folder = await temporaryFolder();
      {
        await using server = await openServer(folder.path);
        await server.deploy('/v1/build', first);
        await server.ingest(
          'rows_in',
          Array.from({ length: 1_000 }, (_, id) => ({ id, n: 1 })),
        );
      }
      const files = join(folder.path, 'second.json');
      await writeFile(files, JSON.stringify(second));
      const { child, line } = await startChild([folder.path, files]);
      expect(await line()).toBe('deploying');
      await sleep(delay);
      await kill(child);
      await using server = await openServer(folder.path);
      expect(await server.rows('SELECT count() AS n FROM rows_in')).toEqual([{ n: 1_000 }]);
      const text = (await server.send('/v0/datasources/rows_in.datasource')).text;
      const isNew = text === second['rows_in.datasource'];
      expect(isNew || text === first['rows_in.datasource']).toBe(true);
      expect(await server.rows('SELECT sum(n) AS n FROM totals')).toEqual([{ n: isNew ? 2_000 : 1_000 }]);
      await server.ingest('rows_in', [{ id: 5_000, n: 1 }]);
      expect(await server.rows('SELECT sum(n) AS n FROM totals')).toEqual([{ n: isNew ? 2_002 : 1_001 }]);
    },
  );
});
