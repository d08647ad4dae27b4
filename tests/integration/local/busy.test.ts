import { describe, expect, it, onTestFinished } from 'vitest';
import type { LocalServerOptions } from '../../../src/local/index.js';
import { temporaryFolder } from './server.js';
import { startChild } from './start-child.js';

/** Queries that run for minutes or hours; the engine cannot stop the first. */
const kinds = {
  'that the engine cannot stop': ['SELECT arrayLevenshteinDistance(range(200000), range(1, 200001)) AS n'],
  'that the engine stops': [
    'SELECT count() FROM numbers(10000000) a, numbers(10000000) b WHERE sipHash64(a.number, b.number) = 1',
    'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
    'SELECT number FROM numbers(1000000000000) ORDER BY sipHash64(number) LIMIT 1',
    'SELECT sum(a.number) FROM numbers(100000) a, numbers(100000) b, numbers(100000) c',
    'SELECT uniq(number) FROM numbers(1000000000000)',
  ],
};

const files = {
  'things.datasource': 'SCHEMA >\n    id UInt32 `json:$.id`\nENGINE_SORTING_KEY "id"',
  'count.pipe': 'NODE n\nSQL >\n    SELECT count() AS n FROM things\nTYPE endpoint',
};

/** A server with the files, and a function that asks it. */
async function startServer(folder: string, options: Partial<LocalServerOptions> = {}) {
  const { child, url } = await startChild([folder], options);
  onTestFinished(() => void child.kill('SIGKILL'));
  const ask = async (path: string, body?: string | FormData) => {
    const response = await fetch(url + path, {
      headers: { authorization: 'Bearer local' },
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    const { status, headers } = response;
    return { status, text: await response.text(), retryAfter: headers.get('retry-after') };
  };
  const form = new FormData();
  for (const [name, content] of Object.entries(files))
    form.append('data_project://', new File([content], name));
  expect(await ask('/v1/build', form)).toMatchObject({ status: 200 });
  return { url, ask };
}

describe.each(Object.entries(kinds))('ten queries at once %s', (_, heavy) => {
  it('a pipe, a cheap query and rows are answered while they run, and each of the ten gets an answer', async () => {
    await using folder = await temporaryFolder();
    const { ask } = await startServer(folder.path, { maxFreeQuerySeconds: 5 });
    let answered = 0;
    const ten = Array.from({ length: 10 }, async (_, one) => {
      const sql = heavy[one % heavy.length] ?? '';
      const answer = await (one % 2 === 0
        ? ask('/v0/sql', sql)
        : ask(`/v0/sql?q=${encodeURIComponent(sql)}`));
      answered += 1;
      return answer;
    });
    const [cheap, tuned, pipe, rows] = await Promise.all([
      ask('/v0/sql', 'SELECT 1 AS one'),
      ask('/v0/sql?output_format_json_quote_64bit_integers=1', 'SELECT toUInt64(1) AS one'),
      ask('/v0/pipes/count.json'),
      ask('/v0/events?name=things&wait=true', '{"id":1}\n'),
    ]);
    // The last of the ten get a place when the cheap queries do.
    expect(answered).toBeLessThan(10);
    expect([cheap.status, cheap.text]).toEqual([200, expect.stringContaining('"one": 1')]);
    expect([tuned.status, tuned.text]).toEqual([200, expect.stringContaining('"one": "1"')]);
    expect(pipe.status).toBe(200);
    expect([rows.status, rows.text]).toEqual([200, expect.stringContaining('"successful_rows":1')]);
    for (const { status, text } of await Promise.all(ten)) {
      expect([408, 429]).toContain(status);
      expect(text).toMatch(/TIMEOUT_EXCEEDED|TOO_MANY_SIMULTANEOUS_QUERIES/);
    }
    expect(await ask('/v0/sql', 'SELECT count() AS n FROM things')).toMatchObject({
      status: 200,
      text: expect.stringContaining('"n": 1') as string,
    });
  });
});

it('queries beyond the queue are refused at once, with the time of the next try', async () => {
  await using folder = await temporaryFolder();
  const { ask } = await startServer(folder.path);
  const refusals: { text: string; retryAfter: string | null }[] = [];
  await new Promise<void>((resolve) => {
    for (let one = 0; one < 60; one += 1) {
      const body = `SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = ${one}`;
      void ask('/v0/sql', body).then(
        (answer) => {
          if (answer.status === 429) refusals.push(answer);
          // 4 of 60 run and 32 wait.
          if (refusals.length >= 24) resolve();
        },
        () => undefined,
      );
    }
  });
  expect(new Set(refusals.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['5']));
  expect(refusals[0]?.text).toContain('TOO_MANY_SIMULTANEOUS_QUERIES');
});
