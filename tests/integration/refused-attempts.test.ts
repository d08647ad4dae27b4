import { describe, expect, it } from 'vitest';
import { makeApiRequestRow } from './helpers/factories.js';
import { storeCase, storeExport } from './helpers/otlp.js';
import { useStore } from './helpers/store.js';

/** Attempts that the API declined. Before any output they are free; the client still reports a cost for them. */
const store = useStore();
const years = { days: 3_650 };

interface Attempt {
  name: 'api_request' | 'api_refusal';
  output?: number;
}

/** Stores one event of the request `req_d`: 100 tokens in, and `output` out, of claude-opus-5. */
async function send({ name, output = 0 }: Attempt): Promise<void> {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const count = (key: string, value: number) => ({ key, value: { intValue: String(value) } });
  const record = {
    timeUnixNano: '1795190401000000000',
    body: { stringValue: `claude_code.${name}` },
    attributes: [
      text('event.name', name),
      text('session.id', 's'),
      text('request_id', 'req_d'),
      text('model', 'claude-opus-5'),
      ...(name === 'api_refusal'
        ? []
        : [
            count('input_tokens', 100),
            count('output_tokens', output),
            count('cache_read_tokens', 0),
            count('cache_creation_tokens', 0),
            count('event.sequence', output),
          ]),
    ],
  };
  const body = {
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', 'claude-code')] },
        scopeLogs: [{ scope: { name: 'com.anthropic.claude_code.events' }, logRecords: [record] }],
      },
    ],
  };
  await storeExport(store.client, 'logs', Buffer.from(JSON.stringify(body)));
}

const total = async () => (await store.client.costTotal.query(years))[0];

describe('attempts that the API declined', () => {
  it('an attempt declined before any output is no billed request and costs nothing', async () => {
    await storeCase(store.client, '23-refused-attempt');
    // 100 × 5 + 50 × 25 + 20,000 × 0.5 + 1,000 × 6.25 microdollars: the request that answered.
    expect(await total()).toMatchObject({
      request_count: 1,
      total_tokens: 21_150,
      total_cost_usd: 0.018,
      unpriced_requests: 0,
    });
    expect(await store.client.requestList.query(years)).toMatchObject([{ request_key: 'req_c23c' }]);
  });

  const declined: Attempt[] = [{ name: 'api_request' }, { name: 'api_refusal' }];
  it.each([
    ['refusal last', declined],
    ['refusal first', declined.toReversed()],
    ['each sent twice', [...declined, ...declined]],
  ])('an attempt declined before any output is not counted, with the %s', async (_order, attempts) => {
    for (const attempt of attempts) await send(attempt);
    expect(await total()).toMatchObject({ request_count: 0, total_tokens: 0, total_cost_usd: 0 });
  });

  it('an attempt declined after some output is billed', async () => {
    // 100 × 5 + 3 × 25 microdollars
    for (const attempt of [{ name: 'api_request', output: 3 }, ...declined.slice(1)] as Attempt[])
      await send(attempt);
    expect(await total()).toMatchObject({ request_count: 1, total_tokens: 103, total_cost_usd: 0.000575 });
  });

  it('a request without output that nobody declined is billed', async () => {
    await send({ name: 'api_request' });
    expect(await total()).toMatchObject({ request_count: 1, total_tokens: 100, total_cost_usd: 0.0005 });
  });

  it('a transcript that has the answer of a declined request is believed', async () => {
    for (const attempt of declined) await send(attempt);
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        request_key: 'req_d',
        request_id: 'req_d',
        session_id: 's',
        timestamp: '2026-11-20 10:00:00.000',
        output_tokens: 7,
        cost_usd: 0.01,
      }),
    ]);
    expect(await total()).toMatchObject({ request_count: 1, total_cost_usd: 0.01 });
  });

  it.each([
    ['a transcript alone', []],
    ['a transcript and OpenTelemetry', [{ name: 'api_request' }]],
  ] as [string, Attempt[]][])(
    'an attempt that %s reports as declined is not counted',
    async (_, attempts) => {
      for (const attempt of attempts) await send(attempt);
      await store.client.apiRequests.ingest([
        makeApiRequestRow({
          request_key: 'req_d',
          request_id: 'req_d',
          session_id: 's',
          timestamp: '2026-11-20 10:00:00.000',
          is_refused: 1,
          is_final: 0,
          ...{ input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0 },
          ...{ cache_creation_5m_tokens: 0, cache_creation_1h_tokens: 0, cost_usd: 0 },
        }),
      ]);
      expect(await total()).toMatchObject({ request_count: 0, total_tokens: 0, total_cost_usd: 0 });
    },
  );
});
