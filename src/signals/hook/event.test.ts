import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capturedPayloads } from '../../../tests/helpers/captures.js';
import { readHookEvent } from './event.js';
import type { Recorder } from '../row.js';

const recorder: Recorder = { device: 'test', privacyTier: 1, origin: 'live' };
const AT = Date.parse('2026-11-20T10:00:00Z');

const read = (payload: Record<string, unknown>, at = AT, captureId = 'capture-1') =>
  readHookEvent({ payload, at, captureId }, 'shop-1', recorder);

let shop: string;
beforeEach(() => {
  shop = mkdtempSync(join(tmpdir(), 'atel-shop-'));
  mkdirSync(join(shop, '.claude/skills/release-notes'), { recursive: true });
  writeFileSync(join(shop, '.claude/skills/release-notes/SKILL.md'), '---\nname: release-notes\n---\n');
});
afterEach(() => rmSync(shop, { recursive: true }));

const captured = capturedPayloads();
const newest = capturedPayloads('captures-2.1.332');
const readCaptured = () =>
  captured.map(({ name, payload }) => ({ name, signals: read({ ...payload, cwd: shop }, AT, name) }));

describe('the captured payloads', () => {
  it('the captured payloads record each subagent start once, and each stop as news', () => {
    const rows = readCaptured().flatMap(({ signals }) => signals.rows);
    const starts = rows.flatMap((one) => (one.table === 'agent_activations' ? [one.row.agent_type] : []));
    expect(starts.sort()).toEqual(['Explore', 'general-purpose', 'reviewer']);
    const stops = readCaptured().flatMap(({ signals }) =>
      signals.news?.stop === undefined ? [] : [signals.news.stop.agentType],
    );
    expect(stops.sort()).toEqual(['Explore', 'general-purpose', 'reviewer']);
  });

  it('the captured payloads record the skill that the model called twice and the user typed once', () => {
    const skills = readCaptured().flatMap(({ signals }) =>
      signals.rows.flatMap((one) => (one.table === 'skill_activations' ? [one.row] : [])),
    );
    expect(skills.map(({ skill_name, trigger, success }) => [skill_name, trigger, success])).toEqual([
      ['release-notes', 'model', true],
      ['release-notes', 'model', true],
      ['release-notes', 'typed', null],
    ]);
    expect(new Set(skills.map(({ event_id }) => event_id)).size).toBe(3);
  });

  it('the captured payloads report the added lines of the one file that was written', () => {
    const edits = readCaptured().flatMap(({ signals }) => signals.news?.edit ?? []);
    expect(edits).toEqual([{ toolUseId: 'toolu_86f7e411x0', added: 2, removed: 0 }]);
  });

  it('at tier 1, the rows hold no text that a user or a model wrote', () => {
    const text = JSON.stringify(readCaptured().map(({ signals }) => [signals.rows, signals.news?.edit]));
    expect(text).not.toMatch(
      /line one|PLAN|found it|reviewed|git log|README|echo|feat: notes|\/home\/dev|Write them/,
    );
  });

  it('reading the same capture again gives the same rows', () => {
    expect(readCaptured()).toEqual(readCaptured());
  });

  it('every captured payload yields news and one row, except for the stop of a subagent and the use of a skill', () => {
    const rowsOf = ({ hook_event_name: event, tool_name: tool }: Record<string, unknown>) =>
      event === 'SubagentStop' ? 0 : event === 'PostToolUse' && tool === 'Skill' ? 2 : 1;
    expect(
      readCaptured().map(({ name, signals }) => [name, signals.rows.length, signals.news === null]),
    ).toEqual(captured.map(({ name, payload }) => [name, rowsOf(payload), false]));
    // 74 payloads, of which 3 are stops of subagents and 2 are uses of a skill.
    expect(readCaptured().flatMap(({ signals }) => signals.rows)).toHaveLength(74 - 3 + 2);
  });
});

describe('the captured payloads of client 2.1.332', () => {
  /** The payload of the row of a capture, by the beginning of its file's name. */
  const keptOf = (start: string): unknown => {
    const { name, payload } = newest.find((one) => one.name.startsWith(start))!;
    const [signal] = read({ ...payload, cwd: shop }, AT, name).rows;
    return signal?.table === 'telemetry_events' ? JSON.parse(signal.row.payload) : undefined;
  };

  it('a resumed session has the age of its last answer and the price of its context', () => {
    expect(keptOf('0043')).toMatchObject({
      source: 'resume',
      seconds_since_last_response: 4,
      context_tokens: 10_565,
      prompt_cache_likely_expired: false,
      estimated_cache_write_usd: 0.0528,
    });
  });

  it('a switch of the model has both models and the price of its context', () => {
    const both = {
      from_model: 'claude-opus-5-5',
      to_model: 'claude-sonnet-4-6',
      source: 'sdk',
      cache_ttl: '5m',
      context_tokens: 27_930,
      prompt_cache_warm: true,
      estimated_cache_write_usd: 0.1047,
      pricing: 'catalog',
    };
    expect([keptOf('0263'), keptOf('0264')]).toEqual([both, both]);
  });

  it('a call of an MCP tool has its server', () => {
    expect(keptOf('0181')).toEqual({
      permission_mode: 'default',
      mcp_server_name: 'calc',
      mcp_server_source: 'dynamic',
    });
  });

  it('a typed skill that comes with the client is a use of a skill', () => {
    const { payload } = newest.find(({ name }) => name.startsWith('0522'))!;
    expect(read({ ...payload, cwd: shop }).rows).toMatchObject([
      { table: 'skill_activations', row: { skill_name: 'simplify', trigger: 'typed' } },
    ]);
    expect(read({ ...payload, command_source: 'projectSettings', cwd: shop }).rows).toMatchObject([
      { table: 'telemetry_events', row: { event: 'command' } },
    ]);
  });

  it('at tier 1, no field keeps a text, a path or a member that is not on the list', () => {
    const secrets = { name: 'the secret plan', source: '/home/secret', url: 'secret', command: 'secret' };
    for (const { name, payload } of newest) {
      const all = {
        ...payload,
        mcp_server: secrets,
        effort: { level: 'a secret level' },
        source: 'a secret source',
        pricing: '/secret',
        requested_model: 'secret',
        invoked_by: 'the secret user',
      };
      expect(JSON.stringify(read({ ...all, cwd: shop }, AT, name).rows), name).not.toMatch(
        /secret|PLAN|\/home\/dev/,
      );
    }
  });
});

describe('identity', () => {
  const start = { hook_event_name: 'SubagentStart', session_id: 's', agent_id: 'a', agent_type: 'Explore' };

  it('the identity of a subagent start does not depend on the time of receipt', () => {
    const [first] = read(start, AT, 'x').rows;
    const [again] = read(start, AT + 5_000, 'y').rows;
    expect(first?.row.event_id).toBe(again?.row.event_id);
  });

  it('the first start wins: an earlier time has a higher version', () => {
    const version = (at: number) => {
      const [row] = read(start, at).rows;
      return row?.table === 'agent_activations' ? row.row.version : NaN;
    };
    expect(version(AT)).toBeGreaterThan(version(AT + 1));
  });

  it('an event without a natural id gets its identity at capture', () => {
    const session = { hook_event_name: 'SessionStart', session_id: 's', source: 'startup' };
    const id = (capture: string) => read(session, AT, capture).rows[0]?.row.event_id;
    expect(id('one')).toBe(id('one'));
    expect(id('one')).not.toBe(id('two'));
  });
});

describe('a typed name', () => {
  const typed = (name: string) =>
    read({
      hook_event_name: 'UserPromptExpansion',
      session_id: 's',
      prompt_id: 'p',
      cwd: shop,
      command_name: name,
      transcript_path: join(shop, 'config/projects/x/s.jsonl'),
    }).rows[0];

  it('a typed name is a skill if the project has a skill of that name', () => {
    expect(typed('release-notes')?.table).toBe('skill_activations');
  });

  it('a typed name is a skill if the user has a skill of that name', () => {
    mkdirSync(join(shop, 'config/skills/mine'), { recursive: true });
    writeFileSync(join(shop, 'config/skills/mine/SKILL.md'), '');
    expect(typed('mine')?.table).toBe('skill_activations');
  });

  it('a typed name is a skill if a plugin has a skill of that name', () => {
    mkdirSync(join(shop, 'config/plugins/cache/market/tools/1.0.0/skills/polish'), { recursive: true });
    writeFileSync(join(shop, 'config/plugins/cache/market/tools/1.0.0/skills/polish/SKILL.md'), '');
    expect(typed('tools:polish')?.table).toBe('skill_activations');
    expect(typed('other:polish')?.table).toBe('telemetry_events');
  });

  it('any other typed name is a command', () => {
    expect(typed('compact')).toMatchObject({ table: 'telemetry_events', row: { event: 'command' } });
    expect(typed('../../../etc')).toMatchObject({ table: 'telemetry_events' });
  });
});

describe('a skill call', () => {
  const call = (more: Record<string, unknown>) =>
    read({
      session_id: 's',
      tool_name: 'Skill',
      tool_use_id: 't',
      tool_input: { skill: '/notes' },
      ...more,
    }).rows.find(({ table }) => table === 'skill_activations')?.row;

  it('a failed skill call is recorded as failed, with the kind of the error and not its text', () => {
    expect(call({ hook_event_name: 'PostToolUseFailure', error: 'Exit code 3: secret' })).toMatchObject({
      skill_name: 'notes',
      success: false,
      error_class: 'exit_3',
    });
    expect(call({ hook_event_name: 'PostToolUse', tool_response: { success: false } })).toMatchObject({
      success: false,
    });
  });

  it('a skill call of an older client has its skill in the field command', () => {
    expect(call({ hook_event_name: 'PostToolUse', tool_input: { command: 'notes' } })).toMatchObject({
      skill_name: 'notes',
      success: true,
    });
  });
});

it('an unknown event is kept by name, without its content', () => {
  const [row] = read({ hook_event_name: 'SomethingNew', session_id: 's', secret: 'text' }).rows;
  expect(row).toMatchObject({ table: 'telemetry_events', row: { event: 'something_new', payload: '{}' } });
});

it.each(Object.getOwnPropertyNames(Object.prototype))(
  'an event with the name %s, which every object inherits, is read like any unknown event',
  (name) => {
    const [one] = read({ hook_event_name: name, session_id: 's', text: 'never kept' }).rows;
    expect(one?.table).toBe('telemetry_events');
    expect(JSON.stringify(one)).not.toContain('never kept');
  },
);

describe('readings of limits', () => {
  const rows = (rate_limits: unknown) =>
    read({ hook_event_name: 'StatusLine', cwd: shop, rate_limits }).rows.map(({ table, row }) => ({
      table,
      ...row,
    }));
  const facts = (rate_limits: unknown) =>
    read({ hook_event_name: 'StatusLine', rate_limits }).rows.map(
      ({ row }) => JSON.parse((row as { payload: string }).payload) as unknown,
    );

  it('each limit is an event of no session and no project, and the same reading is the same event', () => {
    const given = { five_hour: { used_percentage: 42.4, resets_at: 1_795_800_000 } };
    expect(rows(given)).toMatchObject([
      { table: 'telemetry_events', event: 'limit_reading', session_id: '', project: '', source: 'hook' },
    ]);
    const ids = [given, given, { five_hour: { used_percentage: 43, resets_at: 1_795_800_000 } }].map(
      (one) => (rows(one)[0] as unknown as { event_id: string }).event_id,
    );
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('a limit has its share, its reset, and its money where it is in money', () => {
    expect(
      facts({
        five_hour: { used_percentage: 42.4, resets_at: 1_795_800_000 },
        seven_day: { used_percentage: 101 },
        spend_limit: { used_usd: 12, limit_usd: 50 },
      }),
    ).toEqual([
      {
        limit: 'five_hour',
        used: 0.424,
        resets_at: '2026-11-27T17:20:00.000Z',
        used_usd: null,
        limit_usd: null,
      },
      { limit: 'seven_day', used: 1.01, resets_at: null, used_usd: null, limit_usd: null },
      { limit: 'spend_limit', used: 0.24, resets_at: null, used_usd: 12, limit_usd: 50 },
    ]);
  });

  it('nothing is kept of what is no limit, and no text but a word', () => {
    expect(
      facts({
        'a sentence with a secret': { used_percentage: 3 },
        five_hour: { used_percentage: 'much', resets_at: 'soon' },
        spend_limit: { used_usd: 12, limit_usd: 0 },
        seven_day: { used_percentage: 5, resets_at: 1e300, note: 'PLANTED' },
      }),
    ).toEqual([{ limit: 'seven_day', used: 0.05, resets_at: null, used_usd: null, limit_usd: null }]);
    for (const odd of [null, 'x', [], 3]) expect(facts(odd)).toEqual([]);
  });
});

it('payloads of one millisecond keep the order in which they were captured', () => {
  const sequenceOf = (at: number) => {
    const [one] = read({ hook_event_name: 'Stop', session_id: 's', prompt_id: 'p' }, at).rows;
    return one?.table === 'telemetry_events' ? [one.row.timestamp, one.row.sequence] : [];
  };
  // An eighth and three quarters of a millisecond are exact in binary.
  expect(sequenceOf(AT + 0.125)).toEqual(['2026-11-20 10:00:00.000', 125]);
  expect(sequenceOf(AT + 0.75)).toEqual(['2026-11-20 10:00:00.000', 750]);
  expect(sequenceOf(AT)).toEqual(['2026-11-20 10:00:00.000', 0]);
});
