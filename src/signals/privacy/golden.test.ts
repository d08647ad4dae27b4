/** What each tier keeps of each kind of event: worked out by hand from the table in docs/privacy.md. */
import { describe, expect, it } from 'vitest';
import { readHookEvent } from '../hook/event.js';
import type { Recorder, SignalRow } from '../row.js';
import { contentKinds, hookContents, keptText, MOST_CHARACTERS, shownText } from './contents.js';
import { keptAtTier1 } from './event.js';
import { tiers, type Tier } from './tier.js';

const ids = {
  session_id: 's-1',
  prompt_id: 'p-1',
  cwd: '/home/ann/shop',
  transcript_path: '/home/ann/t.jsonl',
};
const tool = { tool_name: 'Bash', tool_use_id: 'toolu_1', tool_input: { command: 'cat PLANTED-input' } };

/** A text of a row: kind, tool call, text. */
type Text = readonly [kind: string, tool: string, text: string];

interface Golden {
  payload: Record<string, unknown>;
  /** Table and payload of the row at every tier; none for events that leave none. */
  always: readonly (readonly [table: string, payload: string])[];
  /** What tier 2 adds. */
  two?: readonly Text[];
  /** What tier 3 adds to that. */
  three?: readonly Text[];
}

const event = (payload = '{}') => [['telemetry_events', payload]] as const;
const input: Text = ['tool_input', 'toolu_1', '{"command":"cat PLANTED-input"}'];

const golden: Readonly<Record<string, Golden>> = {
  SessionStart: {
    payload: { source: 'startup', title: 'PLANTED' },
    always: event('{"source":"startup","skills":[],"typed_only_skills":[]}'),
  },
  SessionEnd: { payload: { reason: 'clear', note: 'PLANTED' }, always: event('{"reason":"clear"}') },
  Stop: {
    payload: { stop_hook_active: false, last_assistant_message: 'PLANTED answer', effort: { level: 'high' } },
    always: event('{"stop_hook_active":false,"effort_level":"high"}'),
    three: [['answer', '', 'PLANTED answer']],
  },
  SubagentStart: {
    payload: { agent_id: 'a-1', agent_type: 'Explore', prompt: 'PLANTED' },
    always: [['agent_activations', '']],
  },
  SubagentStop: {
    payload: { agent_id: 'a-1', agent_type: 'Explore', last_assistant_message: 'PLANTED found' },
    always: [],
    three: [['answer', '', 'PLANTED found']],
  },
  StopFailure: {
    payload: { error: 'overloaded', detail: 'PLANTED' },
    always: event('{"error":"overloaded"}'),
  },
  UserPromptSubmit: {
    payload: { prompt: 'PLANTED prompt', permission_mode: 'plan' },
    always: event('{"permission_mode":"plan"}'),
    two: [['prompt', '', 'PLANTED prompt']],
  },
  UserPromptExpansion: {
    payload: {
      command_name: 'deploy',
      command_args: 'PLANTED',
      prompt: '/deploy PLANTED',
      command_source: 'project',
    },
    always: event('{"command_source":"project"}'),
    two: [['prompt', '', '/deploy PLANTED']],
  },
  PreToolUse: {
    payload: { ...tool, permission_mode: 'plan' },
    always: event('{"permission_mode":"plan"}'),
    two: [input],
  },
  PostToolUse: {
    payload: { ...tool, tool_response: { stdout: 'PLANTED output' } },
    always: event(),
    two: [input],
    three: [['tool_output', 'toolu_1', '{"stdout":"PLANTED output"}']],
  },
  PostToolUseFailure: {
    payload: { ...tool, error: 'Exit code 1: PLANTED', is_interrupt: false },
    always: event('{"is_interrupt":false}'),
    two: [input],
    three: [['tool_output', 'toolu_1', 'Exit code 1: PLANTED']],
  },
  PreCompact: {
    payload: { trigger: 'manual', custom_instructions: 'PLANTED' },
    always: event('{"trigger":"manual"}'),
  },
  PostCompact: {
    payload: { trigger: 'auto', compact_summary: 'PLANTED' },
    always: event('{"trigger":"auto"}'),
  },
  Notification: {
    payload: { notification_type: 'idle', message: 'PLANTED' },
    always: event('{"notification_type":"idle"}'),
  },
  ConfigChange: { payload: { source: 'user', file: '/PLANTED' }, always: event('{"source":"user"}') },
  InstructionsLoaded: {
    payload: { memory_type: 'project', load_reason: 'start', content: 'PLANTED' },
    always: event('{"memory_type":"project","load_reason":"start"}'),
  },
  PreModelSwitch: { payload: { to_model: 'opus', reason: 'PLANTED' }, always: event('{"to_model":"opus"}') },
  PostModelSwitch: { payload: { to_model: 'opus', reason: 'PLANTED' }, always: event('{"to_model":"opus"}') },
  PreSkillShellCommand: {
    payload: { invoked_by: 'model', command: 'PLANTED' },
    always: event('{"invoked_by":"model"}'),
  },
  BrandNewEvent: { payload: { prompt: 'PLANTED', tool_input: { a: 'PLANTED' } }, always: event() },
};

function rowsAt(privacyTier: Tier, name: string): SignalRow[] {
  const recorder: Recorder = { device: 'test', origin: 'live', privacyTier };
  const payload = { ...ids, hook_event_name: name, ...golden[name]?.payload };
  return readHookEvent(
    { payload, at: Date.parse('2026-11-20T10:00:00Z'), captureId: 'c-1' },
    'shop-1',
    recorder,
  ).rows;
}

const textsOf = (rows: readonly SignalRow[]): Text[] =>
  rows.flatMap((one) =>
    one.table === 'contents' ? [[one.row.kind, one.row.tool_use_id, one.row.text]] : [],
  );

describe.each(Object.entries(golden))('a payload of %s', (name, { always, two = [], three = [] }) => {
  it.each([
    { tier: 1 as const, texts: [] },
    { tier: 2 as const, texts: two },
    { tier: 3 as const, texts: [...two, ...three] },
  ])('at tier $tier leaves exactly its metadata and the texts of that tier', ({ tier, texts }) => {
    const rows = rowsAt(tier, name);
    expect(textsOf(rows)).toEqual(texts);
    const others = rows.filter(({ table }) => table !== 'contents');
    expect(others.map(({ table, row }) => [table, 'payload' in row ? row.payload : ''])).toEqual(always);
    expect(JSON.stringify(others)).not.toContain('PLANTED');
    expect(rows.map(({ row }) => 'privacy_tier' in row && row.privacy_tier)).toEqual(rows.map(() => tier));
  });
});

it('every event with fields of its own on an allow-list has golden rows', () => {
  expect(Object.keys(golden)).toEqual(
    expect.arrayContaining([...keptAtTier1.keys(), ...Object.keys(hookContents)]),
  );
});

it('a text has the lowest tier that keeps it, and is never kept below that', () => {
  for (const tier of tiers)
    for (const name of Object.keys(golden))
      for (const row of rowsAt(tier, name))
        if (row.table === 'contents') {
          expect(row.row.tier).toBe(contentKinds[row.row.kind as keyof typeof contentKinds]);
          expect(row.row.tier).toBeLessThanOrEqual(tier);
        }
});

describe('the text that is kept', () => {
  it('secrets are removed from it, those in structured values too', () => {
    expect(keptText('use ghp_0123456789abcdefghijABCDEFGHIJ012345 now')?.text).toMatch(
      /^use \[redacted:[\w-]+\] now$/,
    );
    expect(keptText({ password: 'hunter2', path: 'a' })?.text).toMatch(
      /^\{"password":"\[redacted:[\w-]+\]","path":"a"\}$/,
    );
  });

  it('it is cut at 32,768 characters, never within a sign, and tells its whole length', () => {
    expect(MOST_CHARACTERS).toBe(32_768);
    expect(keptText('a'.repeat(32_768))).toMatchObject({ characters: 32_768, isCut: false });
    const long = keptText(`${'a'.repeat(32_767)}😀`);
    expect(long).toMatchObject({ characters: 32_769, isCut: true });
    expect(long?.text).toBe('a'.repeat(32_767));
  });

  it('a secret across the limit leaves nothing of itself', () => {
    const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    const text = keptText(`${'a '.repeat(16_370)}${secret} rest`)?.text ?? '';
    expect(text).not.toContain('ghp_');
  });

  it('a text of many megabytes is kept up to the limit, and tells its length', () => {
    const image = 'iVBORw0KGgo'.repeat(1_000_000);
    expect(keptText(image)).toMatchObject({ characters: 11_000_000, isCut: true });
    expect(keptText(image)?.text.length).toBeLessThanOrEqual(MOST_CHARACTERS);
    expect(keptText({ data: image, type: 'png' })?.text).toBe(
      '{"data":"[11000000 characters]","type":"png"}',
    );
  });

  it('a secret that lies across the end of what is searched leaves nothing', () => {
    const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    // All before it is one secret, which shrinks to a marker: the cut secret would be near the beginning.
    const key = `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(199_900)}\n-----END PRIVATE KEY-----\n`;
    expect(keptText(`${key}${secret} rest`)?.text ?? '').not.toContain('ghp_');
  });

  it('of the blocks that a tool gave, an image is only named', () => {
    const blocks = [
      { type: 'text', text: 'seen' },
      { type: 'image', source: { data: 'iVBORw0KGgo' } },
    ];
    expect(shownText(blocks)).toBe('seen\n[image]');
  });

  it.each([undefined, null, ''])('there is none of %s', (value) => {
    expect(keptText(value)).toBeUndefined();
  });
});
