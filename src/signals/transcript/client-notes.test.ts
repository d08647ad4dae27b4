import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import type { TelemetryEventRow } from '../../datasources/index.js';
import { uncountedLines, readSession } from './session.js';
import { sessionRows } from './session-rows.js';

const SESSION = '5f0c9a3e-1d2b-4c3d-8e4f-0a1b2c3d4e5f';
const at = (second: number) => `2026-11-20T10:00:${String(second).padStart(2, '0')}.000Z`;

/** The events in a transcript of these lines, and how many lines were left out. */
async function eventsIn(...lines: object[]): Promise<{ events: TelemetryEventRow[]; leftOut: number }> {
  const folder = join(tempFolder(), 'projects', '-shop');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${SESSION}.jsonl`);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const read = await readSession(path);
  const state = { sessionId: SESSION, project: 'shop-1', end: null, open: true, stops: {}, skills: [] };
  const rows = sessionRows(read, state, { device: 'test', privacyTier: 1, origin: 'live' }, 1_000);
  const events = rows.flatMap((one) => (one.table === 'telemetry_events' ? [one.row] : []));
  return { events, leftOut: uncountedLines(read).leftOut };
}

const prompt = { type: 'user', timestamp: at(0), promptId: 'p1', message: { content: 'hello' } };

const link = {
  type: 'pr-link',
  sessionId: SESSION,
  prNumber: 13,
  prUrl: 'https://github.com/Acme/Shop/pull/13',
  prRepository: 'Acme/Shop',
  timestamp: at(1),
};

describe('a pull request in a transcript', () => {
  it('is an event with its number and the repository, named like a project', async () => {
    const { events } = await eventsIn(prompt, link);
    expect(events).toMatchObject([
      { event: 'pull_request', pr_number: 13, prompt_id: 'p1', timestamp: '2026-11-20 10:00:01.000' },
    ]);
    expect(JSON.parse(events[0]?.payload ?? '')).toEqual({
      repository: expect.stringMatching(/^shop-[0-9a-f]{8}$/) as string,
      host: 'github.com',
    });
  });

  it('is noted with the branch that was checked out at the last response before it', async () => {
    const response = (gitBranch: string, id: string) => ({
      ...{ type: 'assistant', timestamp: at(1), requestId: id, gitBranch },
      message: { id, model: 'claude-opus-4-8', usage: { input_tokens: 1, output_tokens: 1 }, content: [] },
    });
    const { events } = await eventsIn(prompt, response('feature/x', 'r1'), link, response('main', 'r2'));
    expect(JSON.parse(events[0]?.payload ?? '')).toMatchObject({ branch: 'feature/x' });
  });

  it('is one event however often the client repeats it, at its first time', async () => {
    const { events } = await eventsIn(link, { ...link, timestamp: at(9) });
    expect(events.map(({ timestamp }) => timestamp)).toEqual(['2026-11-20 10:00:01.000']);
  });

  it('of another repository with the same number is another event', async () => {
    const other = { ...link, prUrl: 'https://git.acme.example/team/web/-/merge_requests/13' };
    const { events } = await eventsIn(link, other);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(2);
    // The host of a company is not stored.
    expect(JSON.stringify(events)).not.toContain('acme.example');
    expect(JSON.parse(events[1]?.payload ?? '')).toMatchObject({ host: 'other' });
  });

  it('without an address, a number or a time is left out and counted', async () => {
    const { prUrl: _, ...noAddress } = link;
    const { timestamp: __, ...noTime } = link;
    const { events, leftOut } = await eventsIn(noAddress, noTime, { ...link, prNumber: 'one' });
    expect([events, leftOut]).toEqual([[], 3]);
  });
});

const failed = {
  type: 'system',
  subtype: 'api_error',
  uuid: 'u1',
  timestamp: at(2),
  error: { message: '529 overloaded', status: 529, requestId: 'req_1', connection: null },
  retryInMs: 578,
  retryAttempt: 1,
  maxRetries: 10,
};

describe('a failed attempt in a transcript', () => {
  it('is an event with the status and the time until the next attempt, never a request', async () => {
    const { events } = await eventsIn(prompt, failed);
    expect(events).toMatchObject([
      { event: 'api_retry', status: 'failure', error_class: 'http_529', prompt_id: 'p1' },
    ]);
    expect(JSON.parse(events[0]?.payload ?? '')).toEqual({
      attempt: 1,
      status_code: 529,
      retry_in_ms: 578,
      max_retries: 10,
    });
  });

  it('without an answer has the code of the system, and a text in its place is not kept', async () => {
    const reset = { ...failed, error: { connection: { code: 'ECONNRESET' }, isNetworkDown: false } };
    const said = { ...reset, uuid: 'u2', error: { connection: { code: 'no way to proxy.acme.example' } } };
    const { events } = await eventsIn(reset, said);
    expect(events.map(({ error_class }) => error_class)).toEqual(['ECONNRESET', 'connection']);
  });
});

it('the hooks at the end of a turn are an event with the time of the slowest', async () => {
  const { events } = await eventsIn({
    type: 'system',
    subtype: 'stop_hook_summary',
    uuid: 'u3',
    timestamp: at(3),
    hookCount: 2,
    hookInfos: [
      { command: '/home/dev/x.sh', durationMs: 44 },
      { command: 'make check', durationMs: 65 },
    ],
    hookErrors: ['make: nothing to do for secret'],
    preventedContinuation: false,
  });
  expect(events).toMatchObject([{ event: 'stop_hooks', duration_ms: 65 }]);
  expect(JSON.parse(events[0]?.payload ?? '')).toEqual({ hooks: 2, failed: 1, prevented_end: false });
});
