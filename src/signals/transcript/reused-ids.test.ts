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

/** The keys and output tokens of the requests in the first lines of the session's own file. */
async function requestsIn(lines: number): Promise<unknown[]> {
  const folder = mkdtempSync(join(tmpdir(), 'atel-reused-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, `${SESSION}.jsonl`);
  writeFileSync(path, readFileSync(file, 'utf8').split('\n').slice(0, lines).join('\n') + '\n');
  const state = { sessionId: SESSION, project: 'app-00000001', end: null, open: true, stops: {}, skills: [] };
  const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
  return sessionRows(await readSession(path), state, recorder, 0).flatMap(({ table, row }) =>
    table === 'api_requests' && 'request_key' in row ? [[row.request_key, row.output_tokens]] : [],
  );
}

it('the first response with a request id keeps it as its key when others with the same id come', async () => {
  expect(await requestsIn(4)).toEqual([['gateway-1', 100]]);
  expect(await requestsIn(7)).toEqual([
    ['gateway-1', 100],
    ['gateway-1|msg_2', 50],
    ['gateway-1|msg_3', 60],
  ]);
});
