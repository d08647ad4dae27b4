import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { storeTime } from '../base/time/store-time.js';
import { TraceFeed } from './feed.js';
import { OtlpError, sendSpans } from './otlp-http.js';
import type { SessionFact } from './session-spans.js';
import type { Span } from './span.js';
import type { TraceSource } from './traces.js';

vi.mock(import('./otlp-http.js'), async (original) => ({ ...(await original()), sendSpans: vi.fn() }));

const sent: Span[] = [];
const takeAll: typeof sendSpans = (_, spans) => {
  sent.push(...spans);
  return Promise.resolve({ sent: spans.length, refused: 0, reason: '' });
};

beforeEach(() => {
  sent.length = 0;
  vi.mocked(sendSpans).mockReset().mockImplementation(takeAll);
});

const target = { url: 'http://localhost:4318/v1/traces', headers: {} };
const names = () => sent.map(({ name }) => name);

function feed(): TraceFeed {
  const folder = mkdtempSync(join(tmpdir(), 'atel-feed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return new TraceFeed(folder);
}

const ago = (seconds: number) => storeTime(Date.now() - seconds * 1000);

function fact(kind: string, key: string, some: Partial<SessionFact> = {}): SessionFact {
  return {
    session_id: 's1',
    project: 'shop-00000001',
    kind,
    key,
    prompt_id: 'p1',
    agent_id: '',
    agent_type: '',
    parent_agent_id: '',
    skill_name: '',
    name: '',
    started: ago(60),
    ended: null,
    last_seen: null,
    status: '',
    error_class: '',
    duration_ms: null,
    message_id: '',
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_creation_tokens: null,
    cost_usd: null,
    ...some,
  };
}

/** A store with these facts of one session. */
function storeOf(facts: () => SessionFact[]): TraceSource {
  return {
    sessions: () => Promise.resolve([]),
    spans: () => Promise.resolve(facts()),
    events: () => Promise.resolve([]),
  };
}

const rows = [{ table: 'telemetry_events', row: { session_id: 's1', source: 'transcript' } }];
const session = (status: string) =>
  fact('session', 's1', { status, ended: status === 'ended' ? ago(1) : null });
const bash = fact('tool', 't1', { name: 'Bash', ended: ago(50) });

describe('the always-on export', () => {
  it('the finished spans of an open session are sent at once, and the rest when it ends', async () => {
    let facts = [session('active'), fact('prompt', 'p1'), bash];
    const source = storeOf(() => facts);
    const one = feed();
    await one.note(rows);
    await one.run(target, source, false);
    expect(names()).toEqual(['execute_tool Bash']);

    // Nothing is new, so not even a query is made.
    await one.run(
      target,
      storeOf(() => expect.fail('asked in vain')),
      false,
    );

    facts = [session('ended'), fact('prompt', 'p1', { ended: ago(2) }), bash];
    await one.note(rows);
    expect(await one.run(target, source, false)).toMatchObject({ sent: 3, problem: null });
    expect(names()).toEqual(['execute_tool Bash', 'session', 'prompt']);

    // The session is resumed: spans that were sent are not sent again.
    facts = [...facts, fact('tool', 't2', { name: 'Read', ended: ago(0) })];
    await one.note(rows);
    await one.run(target, source, false);
    expect(names().slice(3)).toEqual(['execute_tool Read']);
  });

  it('a session without an end is checked again after a day', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    let status = 'active';
    const one = feed();
    await one.note(rows);
    const source = storeOf(() => [session(status), bash]);
    await one.run(target, source, false);
    status = 'abandoned';
    vi.setSystemTime(Date.now() + 25 * 3600_000);
    await one.run(target, source, false);
    expect(names()).toEqual(['execute_tool Bash', 'session', 'prompt']);
    expect(await one.status(target.url)).toMatchObject({ waiting: 0, sent: 3 });
  });

  it('spans that could not be sent are kept, and tried again only after the pause', async () => {
    const away = new OtlpError('http://localhost:4318/v1/traces answered 503', 60_000);
    vi.mocked(sendSpans).mockRejectedValue(away);
    const one = feed();
    const source = storeOf(() => [session('ended'), bash]);
    await one.note(rows);
    expect(await one.run(target, source, false)).toMatchObject({
      sent: 0,
      failures: 1,
      problem: { message: away.message },
    });
    await one.run(target, source, false);
    expect(sendSpans).toHaveBeenCalledTimes(1);

    vi.mocked(sendSpans).mockImplementation(takeAll);
    expect(await one.run(target, source, true)).toMatchObject({ sent: 3, failures: 0, problem: null });
  });

  it('spans that the endpoint calls invalid are skipped, and the next are sent', async () => {
    vi.mocked(sendSpans).mockRejectedValueOnce(new OtlpError('answered 400', null, true));
    const one = feed();
    await one.note(rows);
    const source = storeOf(() => [session('ended'), bash]);
    expect(await one.run(target, source, false)).toMatchObject({ sent: 0, refused: 3, problem: null });
    await one.note(rows);
    await one.run(target, source, false);
    expect(sendSpans).toHaveBeenCalledTimes(1);
  });

  it('a run sends a bounded part of much work, and later runs the rest', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    vi.mocked(sendSpans).mockImplementation((...args) => {
      vi.setSystemTime(Date.now() + 3_000);
      return takeAll(...args);
    });
    const tools = Array.from({ length: 1_200 }, (_, n) =>
      fact('tool', `t${n}`, { name: 'Bash', ended: ago(50) }),
    );
    const one = feed();
    await one.note(rows);
    const source = storeOf(() => [session('ended'), ...tools]);
    const limits = { budgetMs: 5_000, timeoutMs: 1_000 };
    await one.run(target, source, false, limits);
    expect(sent).toHaveLength(1_000);
    expect(await one.status(target.url)).toMatchObject({ waiting: 1 });
    await one.run(target, source, false, limits);
    expect(new Set(sent.map(({ spanId }) => spanId)).size).toBe(sent.length);
    expect(sent).toHaveLength(1_202);
  });

  it('a new endpoint starts with an empty state, and gets only what is new', async () => {
    const one = feed();
    await one.note(rows);
    const source = storeOf(() => [session('active'), bash]);
    await one.run(target, source, false);
    const elsewhere = { ...target, url: 'http://localhost:9/v1/traces' };
    expect(await one.status(elsewhere.url)).toMatchObject({ sent: 0, sentAt: null });
  });
});
