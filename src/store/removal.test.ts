import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { countRemovable, removeRows } from './removal.js';

interface Asked {
  path: string;
  body: string;
  token: string | undefined;
}

/** A workspace that gives these answers, one after the other. */
async function workspace(
  ...answers: object[]
): Promise<{ target: { url: string; token: string }; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ path: request.url ?? '', body, token: request.headers.authorization });
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answers.shift() ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { target: { url: `http://127.0.0.1:${port}`, token: 'p.admin' }, asked };
}

const job = (status: string, more: object = {}) => ({ id: 'job-1', status, ...more });

it('rows are counted without being removed', async () => {
  const { target, asked } = await workspace({ rows_to_be_deleted: 7 });
  await expect(countRemovable(target, 'contents', 'tier > 1')).resolves.toBe(7);
  expect(asked).toEqual([
    {
      path: '/v0/datasources/contents/delete',
      body: 'delete_condition=tier+%3E+1&dry_run=true',
      token: 'Bearer p.admin',
    },
  ]);
});

it('a removal that goes on after its answer is waited for', async () => {
  const { target, asked } = await workspace(
    { rows_to_be_deleted: 7 },
    job('waiting'),
    job('working'),
    job('done', { rows_affected: 6 }),
  );
  await expect(removeRows(target, 'contents', 'tier > 1', 1)).resolves.toBe(6);
  expect(asked.map(({ path }) => path).slice(2)).toEqual(['/v0/jobs/job-1', '/v0/jobs/job-1']);
});

it('nothing is asked to be removed if there is nothing', async () => {
  const { target, asked } = await workspace({ rows_to_be_deleted: 0 });
  await expect(removeRows(target, 'contents', 'tier > 1', 1)).resolves.toBe(0);
  expect(asked).toHaveLength(1);
});

it('a removal that fails says why', async () => {
  const { target } = await workspace({ rows_to_be_deleted: 7 }, job('error', { error: 'no such column' }));
  await expect(removeRows(target, 'contents', 'tier > 1', 1)).rejects.toThrow('contents: no such column');
});
