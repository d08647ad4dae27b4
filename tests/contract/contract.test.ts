import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTarget, type Target } from './target.js';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
});

afterAll(() => target[Symbol.asyncDispose]());

/** Rows that were acknowledged can be read; a distributed Tinybird may need a moment. */
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 250 });

const data = async (path: string, init?: RequestInit & { token?: string }) => {
  const { status, body, text } = await target.send(path, init);
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return (body as { data: unknown[] }).data;
};
const sql = (query: string) => data('/v0/sql', { method: 'POST', body: `${query} FORMAT JSON` });
const events = (body: string, token?: string) =>
  target.send('/v0/events?name=contract_events&wait=true', {
    method: 'POST',
    body,
    ...(token === undefined ? {} : { token }),
  });
const row = (id: number, more: object = {}) =>
  JSON.stringify({ id, at: '2026-01-01 00:00:00.000', kind: 'a', ...more });
const error = (body: unknown) => (body as { error: string }).error;

beforeEach(async () => {
  for (const name of ['contract_events', 'contract_by_kind']) {
    const { status, text } = await target.send(`/v0/datasources/${name}/truncate`, { method: 'POST' });
    if (status >= 300) throw new Error(text);
  }
});

describe('the Events API', () => {
  it('rows of NDJSON are counted and can be read', async () => {
    expect(await events(`${row(1)}\n${row(2, { amount: 1.5, tags: ['x'], small: 7 })}`)).toMatchObject({
      status: 200,
      body: { successful_rows: 2, quarantined_rows: 0 },
    });
    await eventually(async () =>
      expect(await data('/v0/pipes/contract_list.json')).toEqual([
        { id: 1, kind: 'a', amount: null, small: 5, tags: [] },
        { id: 2, kind: 'a', amount: 1.5, small: 7, tags: ['x'] },
      ]),
    );
  });

  it('a row that does not fit is quarantined, and the others are stored', async () => {
    const bad = [row(2, { amount: 'much' }), JSON.stringify({ id: 3 }), '{"id": 4,'];
    expect((await events([row(1), ...bad].join('\n'))).body).toEqual({
      successful_rows: 1,
      quarantined_rows: 3,
    });
    await eventually(async () => expect(await sql('SELECT id FROM contract_events')).toEqual([{ id: 1 }]));
  });

  it('an integer of 64 bits may be a text', async () => {
    expect((await events(row(1).replace('"id":1', '"id":"18446744073709551615"'))).body).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    await eventually(async () =>
      expect(await sql('SELECT toString(id) AS id FROM contract_events')).toEqual([
        { id: '18446744073709551615' },
      ]),
    );
  });

  it('a materialized view is filled', async () => {
    await events(`${row(1)}\n${row(2, { kind: 'b' })}\n${row(3)}`);
    await eventually(async () =>
      expect(
        await sql('SELECT kind, sum(total) AS n FROM contract_by_kind GROUP BY kind ORDER BY kind'),
      ).toEqual([
        { kind: 'a', n: 2 },
        { kind: 'b', n: 1 },
      ]),
    );
  });

  it('an unknown Data Source and a missing name are errors', async () => {
    const unknown = await target.send('/v0/events?name=contract_none', { method: 'POST', body: row(1) });
    expect(unknown.status).toBe(404);
    expect(error(unknown.body)).toContain('contract_none');
    expect((await target.send('/v0/events', { method: 'POST', body: row(1) })).status).toBe(400);
  });
});

describe('the Query API', () => {
  beforeEach(async () => {
    await events([row(1), row(2, { kind: 'b' }), row(3, { kind: 'b' })].join('\n'));
    await eventually(async () => expect(await data('/v0/pipes/contract_list.json')).toHaveLength(3));
  });

  it('an endpoint answers with the types of ClickHouse', async () => {
    const { body } = await target.send('/v0/pipes/contract_list.json?limit=1');
    expect(body).toMatchObject({
      meta: [
        { name: 'id', type: 'UInt64' },
        { name: 'kind', type: 'LowCardinality(String)' },
        { name: 'amount', type: 'Nullable(Float64)' },
        { name: 'small', type: 'Int16' },
        { name: 'tags', type: 'Array(String)' },
      ],
      rows: 1,
      rows_before_limit_at_least: 3,
      statistics: { elapsed: expect.any(Number) as number },
    });
  });

  it('parameters choose rows, and a list is repeated or divided by commas', async () => {
    const ids = async (query: string) =>
      ((await data(`/v0/pipes/contract_list.json?${query}`)) as { id: number }[]).map(({ id }) => id);
    expect(await ids('kind=b')).toEqual([2, 3]);
    expect(await ids('ids=1,3')).toEqual([1, 3]);
    expect(await ids('ids=1&ids=2')).toEqual([1, 2]);
    expect(await ids('kind=b&limit=1&from=ts-sdk')).toEqual([2]);
    expect(await ids(new URLSearchParams({ kind: "b' OR '1' = '1" }).toString())).toEqual([]);
  });

  it('a query runs over the pipe', async () => {
    const q = encodeURIComponent('SELECT count() AS n FROM _ WHERE id > 1');
    expect(await data(`/v0/pipes/contract_list.json?q=${q}`)).toEqual([{ n: 2 }]);
  });

  it('CSV has a header, and NDJSON one object a line', async () => {
    expect((await target.send('/v0/pipes/contract_list.csv?kind=a')).text.split('\n')[0]).toBe(
      '"id","kind","amount","small","tags"',
    );
    expect((await target.send('/v0/pipes/contract_list.ndjson?kind=a')).text).toBe(
      '{"id":1,"kind":"a","amount":null,"small":5,"tags":[]}\n',
    );
  });

  it('a parameter of the wrong type, and one that is missing, are named with 400', async () => {
    const wrong = await target.send('/v0/pipes/contract_list.json?limit=many');
    expect(wrong.status).toBe(400);
    expect(error(wrong.body)).toContain("Error validating 'many' to type Int32");
    const missing = await target.send('/v0/pipes/contract_required.json?name=x');
    expect(missing.status).toBe(400);
    expect(error(missing.body)).toContain('Required parameter is not defined');
  });

  it('only a SELECT is answered', async () => {
    for (const query of ['DROP TABLE contract_events', 'INSERT INTO contract_events SELECT 1']) {
      const { status } = await target.send('/v0/sql', { method: 'POST', body: query });
      expect(status, query).toBeGreaterThanOrEqual(400);
      expect(status, query).toBeLessThan(500);
    }
    expect(await data('/v0/pipes/contract_list.json')).toHaveLength(3);
  });

  it('a pipe that does not exist is 404', async () => {
    const { status, body } = await target.send('/v0/pipes/contract_none.json');
    expect(status).toBe(404);
    expect(error(body)).toContain('contract_none');
  });
});

describe('the Data Sources API', () => {
  it('a CSV file is appended', async () => {
    const form = new FormData();
    const csv = 'id,at,kind,amount,small,tags,payload\n1,2026-01-01 00:00:00.000,a,1.5,2,[],p\n';
    form.append('csv', new Blob([csv]), 'rows.csv');
    const answer = await target.send('/v0/datasources?name=contract_events&mode=append&format=csv', {
      method: 'POST',
      body: form,
    });
    expect(answer.status).toBe(200);
    await eventually(async () =>
      expect(await sql('SELECT id, amount, payload FROM contract_events')).toEqual([
        { id: 1, amount: 1.5, payload: 'p' },
      ]),
    );
  });

  it('rows are deleted by a condition, after a dry run that deletes none', async () => {
    await events(`${row(1)}\n${row(2)}`);
    const remove = (more: Record<string, string>) =>
      target.send('/v0/datasources/contract_events/delete', {
        method: 'POST',
        body: new URLSearchParams({ delete_condition: 'id = 1', ...more }),
      });
    await eventually(async () =>
      expect((await remove({ dry_run: 'true' })).body).toMatchObject({ rows_to_be_deleted: 1 }),
    );
    const { body } = await remove({});
    const { job_id } = body as { job_id: string };
    await eventually(async () =>
      expect((await target.send(`/v0/jobs/${job_id}`)).body).toMatchObject({ status: 'done' }),
    );
    expect(await sql('SELECT id FROM contract_events')).toEqual([{ id: 2 }]);
  });

  it('the definition is returned as it was sent', async () => {
    const { text } = await target.send('/v0/datasources/contract_events.datasource');
    expect(text).toContain('LowCardinality(String) `json:$.kind`');
  });
});

describe('tokens', () => {
  const named = async (name: string) => {
    const { body } = await target.send('/v0/tokens');
    const { tokens } = body as { tokens: { name: string; token: string }[] };
    return tokens.find((one) => one.name === name)?.token ?? '';
  };

  it('a token of a TOKEN line may do that and nothing else', async () => {
    const [reader, writer] = [await named('contract_reader'), await named('contract_writer')];
    expect((await events(row(1), writer)).status).toBe(200);
    expect((await events(row(2), reader)).status).toBe(403);
    expect((await target.send('/v0/pipes/contract_list.json', { token: reader })).status).toBe(200);
    expect((await target.send('/v0/pipes/contract_list.json', { token: writer })).status).toBe(403);
  });

  it('a token that nobody made is refused', async () => {
    expect((await target.send('/v0/pipes/contract_list.json', { token: 'made-up' })).status).toBe(403);
  });

  it('a token that is made over HTTP has its scopes until it is deleted', async () => {
    await target.send('/v0/tokens/contract_made', { method: 'DELETE' });
    const scope = 'scope=DATASOURCES:APPEND:contract_events';
    const made = await target.send(`/v0/tokens/?name=contract_made&${scope}`, { method: 'POST' });
    const { token } = made.body as { token: string };
    await eventually(async () => expect((await events(row(1), token)).status).toBe(200));
    expect((await target.send('/v0/pipes/contract_list.json', { token })).status).toBe(403);
    expect((await target.send('/v0/tokens/contract_made', { method: 'DELETE' })).status).toBe(200);
    await eventually(async () => expect((await events(row(2), token)).status).toBe(403));
  });

  it('a JWT calls its pipe with the parameters that it fixes', async () => {
    await events(`${row(1)}\n${row(2, { kind: 'b' })}`);
    const exp = Math.floor(Date.now() / 1000) + 600;
    const answer = await target.send(`/v0/tokens/?expiration_time=${exp}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'contract',
        scopes: [{ type: 'PIPES:READ', resource: 'contract_list', fixed_params: { kind: 'b' } }],
      }),
    });
    const { token } = answer.body as { token: string };
    await eventually(async () =>
      expect(await data('/v0/pipes/contract_list.json?kind=a', { token })).toMatchObject([{ id: 2 }]),
    );
    expect((await target.send('/v0/pipes/contract_required.json', { token })).status).toBe(403);
  });
});

describe('service data sources', () => {
  const counts = async () => {
    const [row] = (await sql(
      `SELECT
         (SELECT sum(rows) FROM tinybird.datasources_ops_log
          WHERE datasource_name = 'contract_events' AND event_type LIKE 'append%') AS rows,
         (SELECT sum(rows_quarantine) FROM tinybird.datasources_ops_log
          WHERE datasource_name = 'contract_events' AND event_type LIKE 'append%') AS bad,
         (SELECT count() FROM tinybird.pipe_stats_rt
          WHERE pipe_name = 'contract_list' AND status_code = 200) AS calls`,
    )) as { rows: number | null; bad: number | null; calls: number }[];
    return { rows: row?.rows ?? 0, bad: row?.bad ?? 0, calls: row?.calls ?? 0 };
  };

  it('calls and appended rows are told', async () => {
    const before = await counts();
    await events(`${row(1)}\n${row(2, { amount: 'much' })}`);
    await data('/v0/pipes/contract_list.json');
    await eventually(async () =>
      expect(await counts()).toEqual({
        rows: before.rows + 1,
        bad: before.bad + 1,
        calls: before.calls + 1,
      }),
    );
  });
});
