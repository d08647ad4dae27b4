import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capturesFolder, sessions, transcriptsFolder } from '../../../tests/helpers/captures.js';
import { tempFolder } from '../../../tests/helpers/temp.js';
import type { Recorder, SignalRow } from '../row.js';
import { readSession, readSessionFiles } from './session.js';
import { sessionRows } from './session-rows.js';

/**
 * However a session's lines come to be on disk and are read, its requests, prompts, calls and durations are the same.
 */
const recorder: Recorder = { device: 'test', privacyTier: 1, origin: 'backfill' };

/** A file of a session: its path below the folder of projects, and its content. */
type Files = Record<string, string>;

const MADE_UP = 'aaaaaaaa-0000-4000-8000-000000000000';

const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString();
const usage = (input: number, output: number, more: object = {}) => ({
  input_tokens: input,
  output_tokens: output,
  cache_read_input_tokens: 7,
  ...more,
});

/**
 * A session with a gateway's responses, which all have one message id, a replay, an advisor, a second prompt, and models
 * that declined.
 */
function madeUp(): string {
  let parentUuid = '';
  const lines: string[] = [];
  const add = (uuid: string, second: number, line: object) => {
    lines.push(JSON.stringify({ parentUuid, uuid, timestamp: at(second), cwd: '/srv/shop', ...line }));
    parentUuid = uuid;
  };
  const user = (content: unknown, promptId: string) => ({ type: 'user', promptId, message: { content } });
  const assistant = (id: string, used: object, more: object = {}, content: unknown[] = []) => ({
    type: 'assistant',
    message: { id, model: 'claude-opus-4-8', stop_reason: 'end_turn', content, usage: used },
    ...more,
  });
  const call = (id: string) => [
    { type: 'tool_use', id, name: 'Bash', input: { command: 'ls {"type":"x"}' } },
  ];
  const result = (id: string, promptId: string) =>
    user(
      [{ type: 'tool_result', tool_use_id: id, content: 'a "quoted" {"parentUuid":null} \\ text' }],
      promptId,
    );
  add('u1', 0, user('first {"type":"user"}', 'p1'));
  add('a1', 1, assistant('same', usage(10, 1), {}, call('t1')));
  add('a2', 2, assistant('same', usage(10, 40), {}, call('t2')));
  add('r1', 3, result('t1', 'p1'));
  add('r2', 4, result('t2', 'p1'));
  add('a3', 5, assistant('same', usage(20, 30)));
  add('a4', 6, assistant('same', usage(20, 5)));
  add('u2', 10, user('second', 'p2'));
  const iterations = [{ type: 'advisor_message', model: 'claude-sonnet-4-6', ...usage(900, 80) }];
  add('a5', 11, assistant('m5', usage(50, 60, { iterations }), { requestId: 'req_5' }));
  add('s5', 12, assistant('m5', usage(50, 60), { requestId: 'req_6', isSidechain: true }));
  add('a7', 13, assistant('', usage(3, 4)));
  const handOver = [{ type: 'fallback', from: { model: 'claude-fable-5' } }];
  const attempts = { iterations: [{ type: 'message', model: 'claude-fable-5', ...usage(600, 90) }] };
  const text = [{ type: 'text', text: 'I' }];
  // The first model declined in the middle of m8, and before all content of m9.
  add('a8', 14, assistant('m8', usage(8, 1), { requestId: 'req_8' }, text));
  add('b8', 14, assistant('m8', usage(8, 1), { requestId: 'req_8' }, handOver));
  add('c8', 14, assistant('m8', usage(8, 70, attempts), { requestId: 'req_8' }, text));
  add('a9', 15, assistant('m9', usage(9, 1), { requestId: 'req_9' }, handOver));
  add('b9', 16, assistant('m9', usage(9, 75, attempts), { requestId: 'req_9' }, text));
  for (const totalCostUSD of [0.1, 0.2])
    lines.push(JSON.stringify({ type: 'cost-state', totalCostUSD, hasUnknownModelCost: false }));
  return lines.map((line) => `${line}\n`).join('');
}

/** A captured session with its subagents. */
function captured(id: string, folder = transcriptsFolder): Files {
  const files: Files = {};
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (entry.startsWith(id) && /\.(?:jsonl|json)$/.test(entry))
      files[`shop/${entry}`] = readFileSync(join(folder, entry), 'utf8');
  return files;
}

const newest = join(capturesFolder, '..', 'captures-2.1.332', 'transcripts', '-home-dev-shop');
const FORK = '347d4525-8c54-491b-ab10-f877e0f10007';

/** The captured session of 2.1.332, with agents of a workflow and of another agent, and lines that nobody knows yet. */
function deep(): Files {
  const files = captured(sessions.first, newest);
  const agents = `shop/${sessions.first}/subagents`;
  const agent = (agentId: string, second: number) =>
    ['user', 'assistant']
      .map((type, n) => ({
        type,
        uuid: `${agentId}-${n}`,
        parentUuid: n === 0 ? null : `${agentId}-0`,
        isSidechain: true,
        agentId,
        timestamp: at(second + n),
        promptId: 'p1',
        ...(type === 'assistant' ? { requestId: `req_${agentId}` } : {}),
        message:
          type === 'user'
            ? { content: 'go' }
            : { id: `m_${agentId}`, model: 'claude-opus-5', stop_reason: 'end_turn', usage: usage(30, 40) },
      }))
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
  files[`${agents}/workflows/wf_1/agent-w1.jsonl`] = agent('w1', 20);
  files[`${agents}/workflows/wf_1/agent-w1.meta.json`] = JSON.stringify({ agentType: 'worker' });
  files[`${agents}/agent-t1/subagents/agent-n1.jsonl`] = agent('n1', 30);
  files[`${agents}/agent-n1.meta.json`] = JSON.stringify({ agentType: 'nester', parentAgentId: 'w1' });
  const main = `shop/${sessions.first}.jsonl`;
  const unknown = [
    {
      type: 'attachment',
      timestamp: at(40),
      attachment: { type: 'prompt_snapshot', messages: ['{"type":"user"}'] },
    },
    { type: 'api-request-blob', blob: '{"parentUuid":null,"type":"assistant"}' },
    { type: 'of-tomorrow', timestamp: at(41), message: { usage: { input_tokens: 9 } } },
  ];
  files[main] = `${files[main] ?? ''}${unknown.map((line) => `${JSON.stringify(line)}\n`).join('')}`;
  return files;
}

const histories: [what: string, id: string, files: Files][] = [
  ['a made-up session', MADE_UP, { [`shop/${MADE_UP}.jsonl`]: madeUp() }],
  ['a captured session with subagents', sessions.first, captured(sessions.first)],
  ['a session of 2.1.332 with a compaction, and agents at any depth', sessions.first, deep()],
  ['a fork of 2.1.332', FORK, captured(FORK, newest)],
];

/** Writes files below a new folder of projects; returns that folder. */
function write(files: Files): string {
  const projects = join(tempFolder(), 'projects');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(projects, name)), { recursive: true });
    writeFileSync(join(projects, name), text, 'latin1');
  }
  return projects;
}

const bytesOf = (text: string) => Buffer.from(text).toString('latin1');
const inBytes = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bytesOf(text)]));

function rowsOf(id: string, transcripts: ReturnType<typeof readSessionFiles>): SignalRow[] {
  const state = { sessionId: id, project: 'shop', end: null, open: true, stops: {}, skills: [] };
  return sessionRows(transcripts, state, recorder, 1_000);
}

/** The rows by identity; of several with one identity, the last. */
function figures(rows: readonly SignalRow[]): Record<string, SignalRow['row']> {
  return Object.fromEntries(
    rows
      .map(({ table, row }): [string, SignalRow['row']] => [`${table} ${row.event_id}`, row])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

describe.each(histories)('%s', (_, id, given) => {
  const files = inBytes(given);
  const mainName = `shop/${id}.jsonl`;
  const main = files[mainName]!;
  const whole = async (some: Files) => figures(rowsOf(id, await readSession(join(write(some), mainName))));

  /** Reads the files of a session in the given order, main files first. */
  const inOrder = (some: Files, order: (paths: string[]) => string[]) => {
    const projects = write(some);
    const paths = Object.keys(some)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => join(projects, name));
    const isMain = (path: string) => basename(path) === `${id}.jsonl`;
    const ordered = [...order(paths.filter(isMain)), ...order(paths.filter((path) => !isMain(path)))];
    return figures(rowsOf(id, readSessionFiles(ordered, { elders: [] })));
  };
  const anyByte = fc.nat({ max: main.length });
  const runs = { numRuns: 40 };

  it('has requests, prompts and calls', async () => {
    const found = Object.keys(await whole(files)).map((name) => name.split(' ')[0]);
    expect(new Set(found)).toEqual(
      id === MADE_UP || id === FORK
        ? new Set(['api_requests', 'telemetry_events', 'session_summaries'])
        : new Set([
            'api_requests',
            'telemetry_events',
            'session_summaries',
            'agent_activations',
            'skill_activations',
          ]),
    );
  });

  it.runIf(id === MADE_UP)('has the requests that were made', async () => {
    const requests = Object.values(await whole(files))
      .flatMap((row) => ('request_key' in row ? [row] : []))
      .map(({ message_id, prompt_id, input_tokens, output_tokens }) => [
        message_id,
        prompt_id,
        input_tokens,
        output_tokens,
      ]);
    expect(requests.sort((a, b) => Number(a[3]) - Number(b[3]))).toEqual([
      ['', 'p2', 3, 4],
      ['same', 'p1', 20, 5],
      ['same', 'p1', 20, 30],
      ['same', 'p1', 10, 40],
      ['m5', 'p2', 50, 60],
      ['m8', 'p2', 8, 70],
      ['m9', 'p2', 9, 75],
      ['m5:iter:0', 'p2', 900, 80],
      ['m8:iter:0', 'p2', 600, 90],
    ]);
  });

  it.each([
    ['on the same line', ''],
    ['on the next line', '\n'],
    ['after NUL bytes', '\0\0\0\0'],
  ])(
    'a transcript that was cut at any byte and written again %s has the same figures',
    async (__, between) => {
      const right = await whole(files);
      await fc.assert(
        fc.asyncProperty(anyByte, async (byte) => {
          expect(await whole({ ...files, [mainName]: main.slice(0, byte) + between + main })).toEqual(right);
        }),
        runs,
      );
    },
  );

  it('a transcript that continues in another folder, from any byte on, has the same figures', async () => {
    const right = await whole(files);
    await fc.assert(
      fc.asyncProperty(anyByte, async (byte) => {
        const former = `old/${id}.jsonl`;
        // The project was moved: the former folder keeps what was written until then.
        expect(await whole({ ...files, [former]: main.slice(0, byte) })).toEqual(right);
        // Read from the former folder, too.
        const projects = write({ ...files, [former]: main.slice(0, byte) });
        expect(figures(rowsOf(id, await readSession(join(projects, former))))).toEqual(right);
      }),
      runs,
    );
  });

  it('its files, and copies of them, give the same figures in any order', async () => {
    const right = await whole(files);
    const copies = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`copy/${relative('shop', name)}`, text]),
    );
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (ranks) => {
        const order = (paths: string[]) =>
          paths
            .map((path, n) => ({ path, rank: ranks[n % ranks.length]! }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ path }) => path);
        expect(inOrder({ ...files, ...copies }, order)).toEqual(right);
      }),
      runs,
    );
  });

  it('a transcript that is read in parts, while it is written, has the same figures in the end', async () => {
    const right = await whole(files);
    await fc.assert(
      fc.asyncProperty(fc.array(anyByte, { maxLength: 4 }), async (cuts) => {
        const rows: SignalRow[] = [];
        for (const byte of [...cuts.sort((a, b) => a - b), main.length]) {
          const part = { ...files, [mainName]: main.slice(0, byte) };
          rows.push(...rowsOf(id, await readSession(join(write(part), mainName))));
        }
        expect(figures(rows)).toEqual(right);
      }),
      runs,
    );
  });
});
