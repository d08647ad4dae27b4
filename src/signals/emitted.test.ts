import { describe, expect, it } from 'vitest';
import { plainEvent, readEmitted, withoutTexts } from './emitted.js';

const recorder = { device: 'd1', privacyTier: 1, origin: 'live' } as const;

describe('plainEvent', () => {
  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ issue_id: 'BUG-7' }, { task_id: 'BUG-7' }],
    [
      { taskId: 'BUG-7', durationMs: 5 },
      { task_id: 'BUG-7', duration_ms: 5 },
    ],
    [{ duration_s: 1.5 }, { duration_ms: 1500 }],
    [{ phases: { ready: 2, verify: 0.25 } }, { phases_ms: { ready: 2000, verify: 250 } }],
    [{ result: 'done' }, { status: 'success' }],
    [{ result: 'completed' }, { status: 'success' }],
    [{ status: 'FAILED' }, { status: 'failure' }],
    [{ success: false }, { status: 'failure' }],
    [{ success: true }, { status: 'success' }],
    [{ result: 'skipped' }, { status: 'skipped' }],
    [{ ts: '2026-11-01T10:00:00Z' }, { timestamp: '2026-11-01T10:00:00.000Z' }],
    [{ timestamp: Date.UTC(2026, 10, 1) }, { timestamp: '2026-11-01T00:00:00.000Z' }],
    // `date +%s`, milliseconds, and Python's time.time().
    [{ timestamp: '1793491200' }, { timestamp: '2026-11-01T00:00:00.000Z' }],
    [{ timestamp: '1793491200250' }, { timestamp: '2026-11-01T00:00:00.250Z' }],
    [{ ts: 1793491200.25 }, { timestamp: '2026-11-01T00:00:00.250Z' }],
    [{ event: 'wave_end' }, { event: 'wave_complete' }],
    [{ tool_name: 'make' }, { tool: 'make' }],
    [
      { anything: 'else', 'odd Key': 1 },
      { anything: 'else', 'odd Key': 1 },
    ],
  ])('plainEvent converts %j', (given, wanted) => {
    expect(plainEvent(given)).toEqual(wanted);
  });

  it('our spelling of a key wins if both are given', () => {
    expect(plainEvent({ issue_id: 'a', task_id: 'b', duration_s: 9, duration_ms: 1 })).toEqual({
      task_id: 'b',
      duration_ms: 1,
    });
  });

  it('converting an event twice changes nothing more', () => {
    const once = plainEvent({ event: 'wave_end', duration_s: 2, result: 'ok', phases: { a: 1 } });
    expect(plainEvent(once)).toEqual(once);
  });
});

describe('withoutTexts', () => {
  it('tier 1 keeps numbers, booleans and short words, one level deep', () => {
    expect(
      withoutTexts({
        event: 'context_snapshot',
        estimated_tokens: 42_000,
        dirty: true,
        issue_type: 'ENH',
        breakdown: { Bash: 3, Read: 4, deeper: { than: { this: 1 } } },
        nothing: null,
        list: [1, 2],
      }),
    ).toEqual({
      event: 'context_snapshot',
      estimated_tokens: 42_000,
      dirty: true,
      issue_type: 'ENH',
      breakdown: { Bash: 3, Read: 4 },
    });
  });

  it.each([
    ['a sentence', { note: 'the customer said no' }],
    ['a path', { where: '/home/me/secret' }],
    ['arguments', { args: '--quick' }],
    ['arguments in a list', { args: ['--token', 'x'] }],
    ['what a command was given', { metadata: { command: 'deploy' } }],
    ['a key of an API', { value: 'sk-ant-api03-abcdef' }],
    ['a token of a forge', { value: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a' }],
    ['a password', { db_password: 'hunter2' }],
    ['a long mixed word', { value: 'a8f5f167f44f4964e6c998dee827110c8f5f167f' }],
    ['a key that is a text', { 'the customer said': 1 }],
    ['an address', { email: 'me@example.com' }],
  ])('tier 1 drops %s', (_, event) => {
    expect(withoutTexts(event)).toEqual('metadata' in event ? { metadata: {} } : {});
  });

  it('tier 1 keeps counts under any key', () => {
    expect(withoutTexts({ tokens: 3, password: 1 })).toEqual({ tokens: 3, password: 1 });
  });
});

describe('readEmitted', () => {
  it('an emitted event becomes a row with the source cli', () => {
    const signal = readEmitted(
      {
        event_id: 'e1',
        timestamp: '2026-11-01T10:00:00.250Z',
        event: 'issue_complete',
        project: 'shop-3f2a91c0',
        task_id: 'BUG-7',
        phase: 'verify',
        tool: 'll-auto',
        status: 'failure',
        duration_ms: 1234.4,
        commit_hash: 'abc123',
        pr_number: 12,
        phases_ms: { ready: 5 },
      },
      'line',
      recorder,
    );
    expect(signal).toMatchObject({
      table: 'telemetry_events',
      row: {
        timestamp: '2026-11-01 10:00:00.250',
        event: 'issue_complete',
        project: 'shop-3f2a91c0',
        source: 'cli',
        task_id: 'BUG-7',
        phase: 'verify',
        tool_name: 'll-auto',
        status: 'failure',
        duration_ms: 1234,
        commit_hash: 'abc123',
        pr_number: 12,
        payload: '{"phases_ms":{"ready":5}}',
        origin: 'live',
      },
    });
  });

  it('an emitted event has the same identity at every reading', () => {
    const id = (event: Record<string, unknown>, line: string) =>
      readEmitted(event, line, recorder)?.row.event_id;
    expect(id({ event: 'custom', event_id: 'a' }, 'l1')).toBe(id({ event: 'custom', event_id: 'a' }, 'l2'));
    expect(id({ event: 'custom' }, 'l1')).toBe(id({ event: 'custom' }, 'l1'));
    expect(id({ event: 'custom' }, 'l1')).not.toBe(id({ event: 'custom' }, 'l2'));
  });

  it('free text gets into no column, whoever wrote the line', () => {
    const row = readEmitted(
      { event: 'custom', task_id: 'fix the login for ACME', tool: '/home/me/bin/x', phase: 'ghp_abcdef' },
      'line',
      recorder,
    )?.row;
    expect(row).toMatchObject({ task_id: '', tool_name: '', phase: '' });
  });

  it.each([{}, { event: '' }, { event: null }, { event: 'two words' }])('the line %j is skipped', (line) => {
    expect(readEmitted(line, 'line', recorder)).toBeUndefined();
  });
});

it.each(Object.getOwnPropertyNames(Object.prototype))(
  'an event and a status with the name %s, which every object inherits, are read like any other',
  (name) => {
    const { event, status } = plainEvent({ event: name, status: name });
    expect([event, status]).toEqual([name, name.toLowerCase()]);
  },
);
