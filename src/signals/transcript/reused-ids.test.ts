import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { readSession } from './session.js';
import { sessionRows } from './session-rows.js';

const SESSION = '5d0e8c3a-2f41-4b7a-9c55-0d7f3e2a1b66';
const file = fileURLToPath(
  new URL(
    `../../../tests/fixtures/cases/55-gateway-one-request-id/projects/-home-u-app/${SESSION}.jsonl`,
    import.meta.url,
  ),
);

/** The keys and output tokens of the requests in the first lines of the session's own file, with this request id. */
async function requestsIn(lines: number, requestId = 'gateway-1'): Promise<unknown[]> {
  const folder = mkdtempSync(join(tmpdir(), 'atel-reused-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, `${SESSION}.jsonl`);
  const text = readFileSync(file, 'utf8').replaceAll('"gateway-1"', `"${requestId}"`);
  writeFileSync(path, text.split('\n').slice(0, lines).join('\n') + '\n');
  const state = { sessionId: SESSION, project: 'app-00000001', end: null, open: true, stops: {}, skills: [] };
  const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
  return sessionRows(await readSession(path), state, recorder, 0).flatMap(({ table, row }) =>
    table === 'api_requests' && 'request_key' in row ? [[row.request_key, row.output_tokens]] : [],
  );
}

it('each response with a request id that is not of the API has the message id in its key, from the first one on', async () => {
  expect(await requestsIn(4)).toEqual([['gateway-1|msg_1', 100]]);
  expect(await requestsIn(7)).toEqual([
    ['gateway-1|msg_1', 100],
    ['gateway-1|msg_2', 50],
    ['gateway-1|msg_3', 60],
  ]);
});

it.each([
  'req_011CQ9xYw',
  'req_011CSHoEeqs5C35K2UUqR7Fy',
  // Random, but with no digit after the first ones.
  'req_01aBcDeFgHiJkLmNoPqRsTuV',
  'req_vrtx_011CSHoEeqs5C35K2UUqR7Fy',
  'req_bdrk_01aBcDeFgHiJkLmNoPqRsTuV',
  'req_40f15024',
  'req_3f0c9e1a-5b7d-4e2f-8a6b-0c1d2e3f4a5b',
  '3f0c9e1a-5b7d-4e2f-8a6b-0c1d2e3f4a5b',
  'gen-1764512345-aBcDeFgH',
])(
  'an id that nobody gives twice, %s, is the key until the session has another response with it',
  async (id) => {
    expect(await requestsIn(4, id)).toEqual([[id, 100]]);
    expect(await requestsIn(5, id)).toEqual([
      [`${id}|msg_1`, 100],
      [`${id}|msg_2`, 50],
    ]);
  },
);

it.each([
  'req_7',
  'req_000123',
  'req_0000000001',
  'req_0000001a2f',
  'req_010000000000000000000012',
  'req_local',
  'req_local1',
  'req_1_1',
  'req_a1',
  'req_1a',
  'req_001-1',
  'req_session-0001-request-0001',
  'local-request-0000000001',
])('an id that a gateway counted or always gives, %s, has the message id in its key', async (id) => {
  expect(await requestsIn(4, id)).toEqual([[`${id}|msg_1`, 100]]);
});

it('a UUID that is not random is an id like any other', async () => {
  const id = '00000000-0000-0000-0000-000000000000';
  expect(await requestsIn(4, id)).toEqual([[`${id}|msg_1`, 100]]);
});
