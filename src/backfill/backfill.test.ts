import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { ccusageBinary, ccusageTotals, type CcusageTotals } from '../../tests/helpers/ccusage.js';
import { capturesFolder, sessions } from '../../tests/helpers/captures.js';
import { writeCorpus } from '../../tests/helpers/corpus.js';
import { readParquet } from '../../tests/helpers/parquet.js';
import { tempFolder } from '../../tests/helpers/temp.js';
import type { ApiRequestRow } from '../datasources/index.js';
import { loadConfig } from '../base/config.js';
import { LeftOut } from '../drain/left-out.js';
import { describeFile } from '../spool/names.js';
import { Spool } from '../spool/spool.js';
import { StoreError } from '../store/store-error.js';
import { backfill } from './backfill.js';
import type { BackfillOptions } from './options.js';
import type { SendFile } from './sender.js';
import { SessionReader } from './session-reader.js';

/** A store in memory that keeps one row per identity, as the tables do. */
class MemoryStore {
  readonly tables = new Map<string, Map<unknown, Record<string, unknown>>>();
  rows = 0;
  send: SendFile = async ({ table, rows, file }) => {
    const sent = await readParquet(file);
    expect(sent).toHaveLength(rows);
    const kept = this.tables.get(table) ?? new Map<unknown, Record<string, unknown>>();
    this.tables.set(table, kept);
    for (const row of sent) kept.set(row.event_id, row);
    this.rows += rows;
    return { successful_rows: rows, quarantined_rows: 0 };
  };

  of(table: string): Record<string, unknown>[] {
    return [...(this.tables.get(table)?.values() ?? [])];
  }

  /** Each response once, as in pipes/define.ts: by message, its whole usage, the copy of the main branch first. */
  responses(): ApiRequestRow[] {
    const byMessage = new Map<string, ApiRequestRow>();
    const rows = this.of('api_requests') as unknown as ApiRequestRow[];
    for (const row of rows.sort(
      (a, b) => a.is_sidechain - b.is_sidechain || b.output_tokens - a.output_tokens,
    )) {
      const id = row.message_id === '' ? row.request_key : row.message_id;
      if (!byMessage.has(id)) byMessage.set(id, row);
    }
    return [...byMessage.values()];
  }

  totals(): CcusageTotals {
    const sum = (of: (row: ApiRequestRow) => number) =>
      this.responses().reduce((total, row) => total + of(row), 0);
    return {
      input: sum((row) => row.input_tokens),
      output: sum((row) => row.output_tokens),
      cacheRead: sum((row) => row.cache_read_tokens),
      cacheCreation: sum((row) => row.cache_creation_tokens),
    };
  }

  /** The sessions that claim each request as their own. */
  owners(): Map<string, string[]> {
    const owners = new Map<string, string[]>();
    for (const row of this.of('api_requests') as unknown as ApiRequestRow[]) {
      if (row.is_copy === 1) continue;
      owners.set(row.message_id, [...new Set([...(owners.get(row.message_id) ?? []), row.session_id])]);
    }
    return owners;
  }
}

let home: string;
let configDir: string;
let store: MemoryStore;
beforeEach(() => {
  home = tempFolder();
  configDir = tempFolder();
  store = new MemoryStore();
});

const run = async (some: Partial<BackfillOptions> = {}) => {
  // Nothing listens on port 9: rows that the stand-in does not take are not stored.
  const env = { AGENT_TELEMETRY_HOME: home, TINYBIRD_URL: 'http://localhost:9' };
  const config = loadConfig({ env, homeDir: home, platform: 'linux' });
  const roots = [join(configDir, 'projects')];
  const summary = await backfill(config, { roots, threads: 0, send: store.send, ...some });
  if (summary === undefined) throw new Error('another backfill is running');
  return summary;
};

const copyCaptures = () =>
  cpSync(join(capturesFolder, 'transcripts'), join(configDir, 'projects'), { recursive: true });

const AT = Date.parse('2026-11-20T10:00:00.000Z');
const time = (seconds: number) => new Date(AT + seconds * 1000).toISOString();

interface Response {
  message: string;
  request?: string | null;
  at: number;
  session: string;
  output?: number;
  stop?: string | null;
  sidechain?: boolean;
  more?: object;
}

/** A line of a response with 100 + 10 tokens from and 1,000 to the cache, and the given number of output tokens. */
const response = ({
  message,
  request = `req_${message}`,
  at,
  session,
  output = 50,
  stop = 'end_turn',
  sidechain = false,
  more = {},
}: Response) =>
  JSON.stringify({
    type: 'assistant',
    uuid: `u-${message}-${output}`,
    timestamp: time(at),
    sessionId: session,
    cwd: '/nowhere/shop',
    isSidechain: sidechain,
    ...(request === null ? {} : { requestId: request }),
    message: {
      id: message,
      model: 'claude-opus-4-8',
      stop_reason: stop,
      content: [],
      usage: {
        input_tokens: 100,
        output_tokens: output,
        cache_read_input_tokens: 10,
        cache_creation_input_tokens: 1_000,
      },
    },
    ...more,
  });
const prompt = (session: string, at: number, id = `p-${session}-${at}`) =>
  JSON.stringify({
    type: 'user',
    uuid: `u-${id}`,
    timestamp: time(at),
    sessionId: session,
    cwd: '/nowhere/shop',
    promptId: id,
    message: { content: 'x' },
  });
const mark = (session: string, at: number) =>
  JSON.stringify({ type: 'queue-operation', operation: 'enqueue', timestamp: time(at), sessionId: session });

const fileOf = (session: string) => join(configDir, 'projects', '-nowhere-shop', `${session}.jsonl`);
function write(path: string, ...lines: string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
}

/** Time of the last change of each listed folder, as in the state. */
function known(): Record<string, number | null> {
  const [state] = readdirSync(join(home, 'backfill')).filter((name) => name.endsWith('.json'));
  const [first] = readFileSync(join(home, 'backfill', state!), 'utf8').split('\n');
  return (JSON.parse(first!) as { listed: Record<string, number | null> }).listed;
}

describe('the captured transcripts', () => {
  beforeEach(copyCaptures);

  it('the captured transcripts yield 23 requests at 0.5069675 USD, each owned by one session', async () => {
    const summary = await run();
    expect(summary).toMatchObject({ files: 7, sessions: 4, skippedFiles: 0, corruptLines: 0, problems: [] });
    expect(store.responses()).toHaveLength(23);
    const cost = store.responses().reduce((sum, row) => sum + (row.cost_usd ?? NaN), 0);
    expect(cost).toBeCloseTo(0.5069675, 10);
    expect([...store.owners().values()].every((owners) => owners.length === 1)).toBe(true);
    expect([...new Set([...store.owners().values()].flat())].sort()).toEqual(Object.values(sessions).sort());
  });

  it('transcripts are not opened again while they do not change', async () => {
    await run();
    const { rows } = store;
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 7, rows: 0 });
    expect(store.rows).toBe(rows);
  });

  it('transcripts are read despite a link next to them that leads nowhere or to itself', async () => {
    const folder = join(configDir, 'projects', '-home-dev-shop');
    symlinkSync('loop.jsonl', join(folder, 'loop.jsonl'));
    symlinkSync('nothing', join(folder, 'lost.jsonl'));
    mkdirSync(join(folder, 'lonely', 'subagents'), { recursive: true });
    symlinkSync('agent-x.jsonl', join(folder, 'lonely', 'subagents', 'agent-x.jsonl'));
    await expect(run()).resolves.toMatchObject({ files: 7, sessions: 4, problems: [] });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 7 });
  });

  it('the state is not rewritten if nothing is new', async () => {
    await run();
    // A file that changed just before it was checked may change once more; that is only known later.
    const past = new Date(Date.now() - 60_000);
    for (const folder of Object.keys(known())) utimesSync(folder, past, past);
    await run();
    const [name] = readdirSync(join(home, 'backfill')).filter((one) => one.endsWith('.json'));
    const path = join(home, 'backfill', name!);
    const { ino } = statSync(path);
    await expect(run({ since: 1 })).resolves.toMatchObject({ files: 0, skippedFiles: 7 });
    expect(statSync(path).ino).toBe(ino);
  });

  it('nothing is left in the spool, and no content that a person wrote', async () => {
    await run();
    await expect(new Spool(join(home, 'spool')).state()).resolves.toMatchObject({ segments: 0, bytes: 0 });
    expect(JSON.stringify([...store.tables.values()].map((rows) => [...rows.values()]))).not.toMatch(
      /PLAN|found it|git log|README|\/home\/dev|finished/,
    );
  });

  it.runIf(ccusageBinary() !== undefined)(
    'the captured transcripts contain the tokens that ccusage counts (skipped if ccusage is not installed)',
    async () => {
      await run();
      expect(store.totals()).toEqual(ccusageTotals(ccusageBinary()!, configDir));
    },
  );
});

describe('a generated history with every trap', () => {
  it.each([
    ['2.1.197', 6_000_000],
    ['2.1.332', 12_000_000],
  ] as const)('each request of a client %s is counted once and in its session', async (client, bytes) => {
    const truth = writeCorpus(configDir, {
      bytes,
      median: 20_000,
      largest: 300_000,
      result: 500,
      client,
    });
    const summary = await run();
    expect(summary).toMatchObject({
      files: truth.files,
      sessions: truth.sessions,
      corruptLines: truth.corrupt,
    });
    const { input, output, cacheRead, cacheCreation } = truth;
    expect(store.totals()).toEqual({ input, output, cacheRead, cacheCreation });
    const owners = new Map(
      [...truth.owners].map(([key, session]) => [key.replace(/^req_/, 'msg_'), [session]]),
    );
    expect(new Map([...store.owners()].sort())).toEqual(new Map([...owners].sort()));
    expect(store.of('telemetry_events')).toHaveLength(truth.toolCalls);
    const activations = store.of('agent_activations');
    expect(activations.filter(({ event }) => event === 'start')).toHaveLength(truth.agents);
    expect(activations.filter(({ event }) => event === 'stop')).toHaveLength(truth.agents);
  });

  it.runIf(ccusageBinary() !== undefined)(
    'a generated history contains the tokens that ccusage counts (skipped if ccusage is not installed)',
    async () => {
      // Without request ids ccusage 20.0.24 counts a response of several lines several times.
      writeCorpus(configDir, {
        bytes: 6_000_000,
        median: 20_000,
        largest: 300_000,
        result: 500,
        seed: 3,
        requestIds: true,
      });
      await run();
      expect(store.totals()).toEqual(ccusageTotals(ccusageBinary()!, configDir));
    },
  );
});

describe('a session of many requests', () => {
  it('a session of many requests counts as read only with the batch that has its last row', () => {
    const lines = Array.from({ length: 21_000 }, (_, n) =>
      response({ message: `m${n}`, at: n, session: 'long' }),
    );
    write(fileOf('long'), ...lines);
    const batches: [tables: [string, number][], done: string[], bytes: number][] = [];
    const reader = new SessionReader({ device: 'd', privacyTier: 1, origin: 'backfill' }, (made) =>
      batches.push([
        (made.batch ?? []).map(({ table, rows }) => [table, rows]),
        made.done.map(({ sessionId }) => sessionId),
        made.bytes,
      ]),
    );
    const path = fileOf('long');
    const bytes = statSync(path).size;
    reader.read(
      {
        sessionId: 'long',
        files: [path],
        stamps: [{ path, bytes, writtenAt: AT }],
        known: {},
        elders: [],
        descents: [{ path, root: '', born: 0, begun: null }],
        state: null,
      },
      // As much is still to come, so the batch does not wait for it.
      bytes,
    );
    expect(batches).toEqual([[[['api_requests', 21_000]], [], bytes]]);
    reader.flush();
    expect(batches.slice(1)).toEqual([[[['session_summaries', 1]], ['long'], 0]]);
  });
});

describe('a small history with totals computed by hand', () => {
  it('each response is counted once, with its last numbers', async () => {
    write(
      fileOf('a'),
      mark('a', 0),
      prompt('a', 1),
      // Two placeholders, then the response: 400.
      response({ message: 'm1', at: 2, session: 'a', output: 1, stop: null }),
      response({ message: 'm1', at: 3, session: 'a', output: 3, stop: null }),
      response({ message: 'm1', at: 4, session: 'a', output: 400, stop: 'tool_use' }),
      // Without a request id, twice: 60.
      response({ message: 'm2', request: null, at: 5, session: 'a', output: 60 }),
      response({ message: 'm2', request: null, at: 6, session: 'a', output: 60 }),
      // A side question repeats m1 under a new request id, and has one request of its own: 7.
      response({ message: 'm1', request: 'req_side', at: 7, session: 'a', output: 400, sidechain: true }),
      response({ message: 'm3', at: 8, session: 'a', output: 7, sidechain: true }),
      // Not responses.
      response({ message: 'm4', at: 9, session: 'a', output: 9_000, more: { isApiErrorMessage: true } }),
      JSON.stringify({
        type: 'progress',
        timestamp: time(10),
        data: {
          type: 'agent_progress',
          message: JSON.parse(response({ message: 'm5', at: 10, session: 'a' })) as unknown,
        },
      }),
      '{"type":"assistant","timestamp":"2026-11-20T10:00:',
      response({ message: 'm6', at: 12, session: 'a', output: 5 }),
    );
    // Still being written.
    appendFileSync(
      fileOf('a'),
      response({ message: 'm7', at: 13, session: 'a', output: 10_000 }).slice(0, -1),
    );
    // A subagent, once below the session and once in a workflow.
    const agents = join(configDir, 'projects', '-nowhere-shop', 'a', 'subagents');
    write(
      join(agents, 'agent-x1.jsonl'),
      response({ message: 'm8', at: 5, session: 'a', output: 20, sidechain: true }),
    );
    write(
      join(agents, 'workflows', 'wf_1', 'agent-x2.jsonl'),
      response({ message: 'm9', at: 6, session: 'a', output: 30, sidechain: true }),
    );

    const summary = await run();
    expect(summary).toMatchObject({ files: 3, sessions: 1, corruptLines: 1 });
    // m1, m2, m3, m6, m8, m9
    expect(store.totals()).toEqual({
      input: 600,
      output: 400 + 60 + 7 + 5 + 20 + 30,
      cacheRead: 60,
      cacheCreation: 6_000,
    });
    const row = (message: string) => store.responses().find(({ message_id }) => message_id === message);
    expect(row('m1')).toMatchObject({
      timestamp: '2026-11-20 10:00:02.000',
      is_final: 1,
      request_id: 'req_m1',
    });
    expect(row('m9')).toMatchObject({ agent_id: 'x2', session_id: 'a' });
    expect(store.of('session_summaries')).toMatchObject([
      { session_id: 'a', requests: 6, output_tokens: 522, end_reason: '' },
    ]);
    // A column that contains only nulls is left out.
    expect(store.of('session_summaries')[0]?.ended_at ?? null).toBeNull();
  });

  it.each([
    ['that marks its beginning', true],
    ['that does not', false],
  ])('a fork %s owns only its own requests', async (_, marked) => {
    const shared = [prompt('a', 1, 'p1'), response({ message: 'm1', at: 2, session: 'a' })];
    write(fileOf('z-original'), ...shared, response({ message: 'm2', at: 30, session: 'z-original' }));
    await sleep(20);
    write(
      fileOf('b-fork'),
      ...(marked ? [mark('b-fork', 10)] : []),
      ...shared,
      prompt('b-fork', 11, 'p2'),
      response({ message: 'm3', at: 12, session: 'b-fork' }),
    );
    await run();
    expect(Object.fromEntries(store.owners())).toEqual({
      m1: ['z-original'],
      m2: ['z-original'],
      m3: ['b-fork'],
    });
    const summaries = store
      .of('session_summaries')
      .sort((a, b) => String(a.session_id).localeCompare(String(b.session_id)));
    expect(summaries).toMatchObject([
      { session_id: 'b-fork', requests: 1, prompts: 1 },
      { session_id: 'z-original', requests: 2, prompts: 1 },
    ]);
  });

  it('the original of a fork is recognised if the fork appears after the original was read', async () => {
    const shared = [prompt('a', 1, 'p1'), response({ message: 'm1', at: 2, session: 'a' })];
    write(fileOf('a'), ...shared);
    await run();
    await sleep(20);
    write(fileOf('b'), ...shared, response({ message: 'm2', at: 9, session: 'b' }));
    await run();
    expect(Object.fromEntries(store.owners())).toEqual({ m1: ['a'], m2: ['b'] });
  });

  it('a response is not counted while the last line of the session is incomplete', async () => {
    write(fileOf('a'), prompt('a', 1));
    appendFileSync(fileOf('a'), response({ message: 'm1', at: 2, session: 'a' }).slice(0, 80));
    await expect(run()).resolves.toMatchObject({ requests: 0, corruptLines: 0 });
    appendFileSync(fileOf('a'), `${response({ message: 'm1', at: 2, session: 'a' }).slice(80)}\n`);
    await expect(run()).resolves.toMatchObject({ requests: 1, corruptLines: 0 });
  });
});

describe('reading again', () => {
  const first = () => [
    mark('a', 0),
    prompt('a', 1),
    response({ message: 'm1', at: 2, session: 'a' }),
    response({ message: 'm2', at: 3, session: 'a', output: 1, stop: null }),
  ];

  it('only rows that rest on appended lines are sent', async () => {
    write(fileOf('a'), ...first());
    await expect(run()).resolves.toMatchObject({ requests: 2, rows: 3 });
    appendFileSync(
      fileOf('a'),
      `${response({ message: 'm2', at: 4, session: 'a', output: 80 })}\n${response({ message: 'm3', at: 5, session: 'a' })}\n`,
    );
    // m2, whose placeholder is replaced, m3 and the summary.
    await expect(run()).resolves.toMatchObject({ requests: 2, rows: 3, files: 1 });
    expect(store.totals().output).toBe(50 + 80 + 50);
    expect(store.responses().find(({ message_id }) => message_id === 'm2')).toMatchObject({
      timestamp: '2026-11-20 10:00:03.000',
    });
    expect(store.of('session_summaries')).toMatchObject([{ requests: 3 }]);
  });

  it('a subagent that appears later is read, and nothing else of its session is sent again', async () => {
    write(fileOf('a'), ...first());
    await run();
    write(
      join(dirname(fileOf('a')), 'a', 'subagents', 'agent-x.jsonl'),
      response({ message: 'm9', at: 4, session: 'a', sidechain: true }),
    );
    // The request, the start and the summary.
    await expect(run()).resolves.toMatchObject({ requests: 1, rows: 3, files: 2 });
  });

  it.each([
    [
      'rewritten, and longer',
      [
        prompt('a', 1),
        response({ message: 'other', at: 2, session: 'a' }),
        response({ message: 'm7', at: 2, session: 'a' }),
        response({ message: 'm8', at: 4, session: 'a' }),
        response({ message: 'm9', at: 4, session: 'a' }),
      ],
      4,
    ],
    ['cut short', [mark('a', 0), prompt('a', 1), response({ message: 'm1', at: 2, session: 'a' })], 1],
  ])('a file that was %s is read from its beginning', async (_, lines, requests) => {
    write(fileOf('a'), ...first());
    await run();
    write(fileOf('a'), ...lines);
    await expect(run()).resolves.toMatchObject({ requests });
  });

  it('a file that is gone is forgotten, and is read again when it is back', async () => {
    write(fileOf('a'), ...first());
    write(fileOf('b'), response({ message: 'm9', at: 1, session: 'b' }));
    await run();
    const text = readFileSync(fileOf('a'));
    rmSync(fileOf('a'));
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 1 });
    const [state] = readdirSync(join(home, 'backfill')).filter((name) => name.endsWith('.json'));
    expect(readFileSync(join(home, 'backfill', state!), 'utf8')).not.toContain('a.jsonl');
    writeFileSync(fileOf('a'), text);
    await expect(run()).resolves.toMatchObject({ files: 1, requests: 2 });
    expect(store.responses()).toHaveLength(3);
  });

  it('added, changed and removed files are noticed in a folder of subagents that is not listed again', async () => {
    const folder = join(dirname(fileOf('a')), 'a', 'subagents');
    const agent = (name: string, ...messages: string[]) =>
      write(
        join(folder, `agent-${name}.jsonl`),
        ...messages.map((message) => response({ message, at: 4, session: 'a', sidechain: true })),
      );
    write(fileOf('a'), ...first());
    agent('x', 'm7');
    const longAgo = new Date('2026-01-01');
    utimesSync(folder, longAgo, longAgo);
    await run();
    expect(known()).toMatchObject({ [folder]: longAgo.getTime() });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 2 });
    agent('x', 'm7', 'm8');
    await expect(run()).resolves.toMatchObject({ files: 2, requests: 1 });
    agent('y', 'm9');
    await expect(run()).resolves.toMatchObject({ files: 3, requests: 1 });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 3 });
    rmSync(join(folder, 'agent-x.jsonl'));
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 2 });
  });

  describe('when every folder is known', () => {
    const longAgo = new Date('2026-01-01');
    const projects = () => join(configDir, 'projects');
    const agentOf = (session: string, ...path: string[]) =>
      join(dirname(fileOf(session)), session, 'subagents', ...path, 'agent-x.jsonl');
    const agentLine = response({ message: 'm7', at: 4, session: 'a', sidechain: true });
    /** A change in a folder changes its time; the previous content was changed long ago. */
    const settle = () => {
      for (const entry of readdirSync(projects(), { recursive: true, withFileTypes: true }))
        if (entry.isDirectory()) utimesSync(join(entry.parentPath, entry.name), longAgo, longAgo);
      utimesSync(projects(), longAgo, longAgo);
    };

    beforeEach(async () => {
      write(fileOf('a'), ...first());
      write(agentOf('a', 'workflows', 'one'), agentLine);
      write(fileOf('b'), response({ message: 'm9', at: 1, session: 'b' }));
      mkdirSync(join(dirname(fileOf('b')), 'b'));
      settle();
      await run();
      expect(Object.values(known()).filter((changedAt) => changedAt === null)).toEqual([]);
      await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 3 });
    });

    it.each<[string, () => void, object]>([
      [
        'grew',
        () => appendFileSync(fileOf('b'), `${response({ message: 'm8', at: 2, session: 'b' })}\n`),
        { files: 1 },
      ],
      ['was written again', () => utimesSync(fileOf('b'), longAgo, longAgo), { files: 1 }],
      ['was removed', () => rmSync(fileOf('b')), { files: 0, skippedFiles: 2 }],
      ['was added', () => write(fileOf('c'), response({ message: 'm5', at: 1, session: 'c' })), { files: 1 }],
      ['was added in a new project', () => write(join(projects(), '-y', 'c.jsonl'), agentLine), { files: 1 }],
      ['is the first subagent of its session', () => write(agentOf('b'), agentLine), { files: 2 }],
      ['was added next to workflows', () => write(agentOf('a'), agentLine), { files: 3 }],
      ['was added in a new workflow', () => write(agentOf('a', 'workflows', 'two'), agentLine), { files: 3 }],
      [
        'belongs to a workflow and grew',
        () => appendFileSync(agentOf('a', 'workflows', 'one'), '{}\n'),
        { files: 2 },
      ],
    ])('a file that %s is noticed', async (_, change, summary) => {
      change();
      await expect(run()).resolves.toMatchObject(summary);
      settle();
      await run();
      await expect(run()).resolves.toMatchObject({ files: 0 });
    });
  });

  it('a folder that was read as a project has its own projects read when it becomes the root', async () => {
    const projects = join(configDir, 'projects');
    const inner = join(projects, '-outer');
    write(join(inner, 'a.jsonl'), ...first());
    write(join(inner, '-inner', 'b.jsonl'), response({ message: 'm9', at: 1, session: 'b' }));
    const longAgo = new Date('2026-01-01');
    for (const folder of [join(inner, '-inner'), inner, projects]) utimesSync(folder, longAgo, longAgo);
    await expect(run()).resolves.toMatchObject({ files: 1 });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 1 });
    await expect(run({ roots: [inner] })).resolves.toMatchObject({ files: 1, requests: 1 });
    await expect(run({ roots: [inner] })).resolves.toMatchObject({ files: 0, skippedFiles: 1 });
    // And the other way round: what was added to the outer folder meanwhile is read.
    appendFileSync(join(inner, 'a.jsonl'), `${response({ message: 'm8', at: 9, session: 'a' })}\n`);
    await expect(run()).resolves.toMatchObject({ files: 1 });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 1 });
    expect(store.responses().map((row) => row.message_id)).toEqual(expect.arrayContaining(['m8', 'm9']));
  });

  it('a state of an earlier version, which names no roots, reads nothing again', async () => {
    write(fileOf('a'), ...first());
    await run();
    const [state] = readdirSync(join(home, 'backfill')).filter((name) => name.endsWith('.json'));
    const path = join(home, 'backfill', state!);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('"roots":[');
    writeFileSync(path, text.replace(/"roots":\[[^\]]*\],/, ''));
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 1 });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('sessions older than the requested time are left out, and read when they are requested', async () => {
    write(fileOf('old'), response({ message: 'm1', at: 1, session: 'old' }));
    write(fileOf('new'), response({ message: 'm2', at: 1, session: 'new' }));
    const dayAgo = new Date(Date.now() - 86_400_000);
    utimesSync(fileOf('old'), dayAgo, dayAgo);
    await expect(run({ since: Date.now() - 3_600_000 })).resolves.toMatchObject({ sessions: 1 });
    await expect(run()).resolves.toMatchObject({ sessions: 1, skippedFiles: 1 });
    expect(store.responses()).toHaveLength(2);
  });

  it('another store starts anew', async () => {
    write(fileOf('a'), ...first());
    await run();
    const env = { AGENT_TELEMETRY_HOME: home, TINYBIRD_URL: 'http://localhost:10' };
    const config = loadConfig({ env, homeDir: home, platform: 'linux' });
    const other = new MemoryStore();
    await backfill(config, { roots: [join(configDir, 'projects')], threads: 0, send: other.send });
    expect(other.responses()).toHaveLength(2);
  });
});

describe('failures', () => {
  beforeEach(copyCaptures);
  const refuse =
    (kind: 'network' | 'rejected'): SendFile =>
    () =>
      Promise.reject(new StoreError(kind, 'no', null, null));

  it('if the store is down, the rows stay in the spool for the drain and are not read again', async () => {
    await expect(run({ send: refuse('network') })).resolves.toMatchObject({ stopped: 'no', stored: 0 });
    const spool = new Spool(join(home, 'spool'));
    const waiting = (await spool.waiting()).filter((name) => name.includes('.api_requests.'));
    const files = await Promise.all(waiting.map((name) => spool.readFile(name)));
    const rows = (await Promise.all(files.map((file) => readParquet(file!)))).flat();
    expect((await spool.state()).deadLetters).toBe(0);
    expect(
      new Set(rows.filter(({ is_copy }) => is_copy === 0).map(({ message_id }) => message_id)).size,
    ).toBe(23);
    await expect(run()).resolves.toMatchObject({ files: 0 });
  });

  it('a session does not count as read until its rows are on disk', async () => {
    writeFileSync(join(home, 'spool'), 'in the way of the folder');
    await expect(run()).rejects.toThrow();
    rmSync(join(home, 'spool'));
    await expect(run()).resolves.toMatchObject({ files: 7 });
    expect(store.responses()).toHaveLength(23);
  });

  it('an incomplete state file counts as empty', async () => {
    await run();
    const [state] = readdirSync(join(home, 'backfill')).filter((name) => name.endsWith('.json'));
    writeFileSync(join(home, 'backfill', state!), '{"version":1,"folders":{"/x":{"y":');
    await expect(run()).resolves.toMatchObject({ files: 7 });
    expect(store.responses()).toHaveLength(23);
  });

  it.each<[string, (text: string) => string]>([
    ['is cut off', (text) => text.slice(0, -5)],
    ['lacks a folder', (text) => text.replace(/"[^"]*subagents":\[(?=\[)/, '"/elsewhere":[')],
    ['has another shape', (text) => text.replace(/\n.*/, '\n{}')],
    ['is missing', (text) => text.replace(/\n.*/, '')],
  ])('if the second line of the state %s, all files are read again, and that is said', async (_, damage) => {
    const projects = join(configDir, 'projects');
    const longAgo = new Date(AT);
    for (const entry of readdirSync(projects, { withFileTypes: true, recursive: true }))
      if (entry.isDirectory()) utimesSync(join(entry.parentPath, entry.name), longAgo, longAgo);
    await run();
    const [name] = readdirSync(join(home, 'backfill')).filter((one) => one.endsWith('.json'));
    const state = join(home, 'backfill', name!);
    const text = readFileSync(state, 'utf8');
    expect(damage(text)).not.toBe(text);
    writeFileSync(state, damage(text));
    write(join(projects, '-x', 't.jsonl'), response({ message: 'm', at: 1, session: 't' }));
    store = new MemoryStore();
    const said: string[] = [];
    await expect(run({ onDamage: (problem) => said.push(problem) })).resolves.toMatchObject({ files: 8 });
    expect(said).toEqual([`${state} is damaged, so all transcripts are read again`]);
    expect(store.responses()).toHaveLength(24);
  });

  it('a file that cannot be read is reported, and the others are read', async () => {
    mkdirSync(join(configDir, 'projects', '-x', 's', 'subagents', 'agent-dir.jsonl'), { recursive: true });
    write(join(configDir, 'projects', '-x', 't.jsonl'), response({ message: 'm', at: 1, session: 't' }));
    await expect(run()).resolves.toMatchObject({ files: 8, problems: [] });
  });

  it('a second backfill does not run at the same time', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begin: (() => void) | undefined;
    const sending = new Promise<void>((resolve) => (begin = resolve));
    const slow: SendFile = async (body) => {
      begin?.();
      await held;
      return store.send(body);
    };
    const running = run({ send: slow });
    await sending;
    await expect(run()).rejects.toThrow('another backfill is running');
    release?.();
    await expect(running).resolves.toMatchObject({ files: 7 });
  });
});

describe('lines and rows that are left out', () => {
  const kept = response({ message: 'm', at: 1, session: 's' });
  const leftOut = () => new LeftOut(join(home, 'left-out')).count();

  it('lines with usage but no id, no time, or a time that no store accepts are counted per session', async () => {
    const bare = { uuid: undefined };
    const nameless = response({ message: '', request: null, at: 2, session: 's', more: bare });
    const timeless = response({ message: 'n', at: 3, session: 's', more: { timestamp: undefined } });
    const far = response({
      message: 'o',
      at: 4,
      session: 's',
      more: { timestamp: '9999-12-31T23:59:59.000Z' },
    });
    const early = response({
      message: 'p',
      at: 4,
      session: 's',
      more: { timestamp: '0001-01-01T00:00:00.000Z' },
    });
    write(fileOf('s'), prompt('s', 0), kept, nameless, timeless, far, early);
    write(fileOf('t'), response({ message: 'q', at: 5, session: 't' }));
    await expect(run()).resolves.toMatchObject({ requests: 2, leftOutLines: 4, corruptLines: 0 });
    await expect(leftOut()).resolves.toBe(4);
    // Its summary is complete, and ends with the last line that has a valid time.
    const summary = store.of('session_summaries').find(({ session_id }) => session_id === 's');
    expect(summary).toMatchObject({ prompts: 1 });
    expect(summary?.last_activity_at).toBe('2026-11-20 10:00:02.000');

    // Read again, it is counted once; corrected, no more.
    appendFileSync(fileOf('s'), `${response({ message: 'r', at: 6, session: 's' })}\n`);
    await run();
    await expect(leftOut()).resolves.toBe(4);
    write(fileOf('s'), prompt('s', 0), kept);
    await run();
    await expect(leftOut()).resolves.toBe(0);
  });

  it('a line without ids is not left out if another line of the response has them', async () => {
    const nameless = (uuid: string) =>
      response({ message: '', request: null, at: 2, session: 's', more: { uuid } });
    write(fileOf('s'), kept, nameless('u1'), nameless('u2'), nameless('u1'));
    await expect(run()).resolves.toMatchObject({ requests: 3, leftOutLines: 0 });
    expect(
      store
        .responses()
        .map(({ request_key }) => request_key)
        .sort(),
    ).toEqual(['req_m|m', 'u1', 'u2']);
  });

  it('subagents are read at any depth, and journal files are not', async () => {
    write(fileOf('s'), kept);
    const below = join(configDir, 'projects', '-nowhere-shop', 's', 'subagents');
    const deep = Array.from({ length: 9 }, (_, n) => `d${n}`);
    for (let depth = 0; depth <= 9; depth += 1) {
      const folder = join(below, ...deep.slice(0, depth));
      const more = { agentId: `a${depth}` };
      write(
        join(folder, `agent-a${depth}.jsonl`),
        response({ message: `m${depth}`, at: depth, session: 's', sidechain: true, more }),
      );
      write(join(folder, 'journal.jsonl'), response({ message: `j${depth}`, at: depth, session: 's' }));
    }
    await expect(run()).resolves.toMatchObject({ files: 11, requests: 11 });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 11 });
  });

  it('quarantined rows are reported, and can be sent again', async () => {
    write(fileOf('s'), prompt('s', 0), kept);
    const send: SendFile = (file) => {
      if (file.table !== 'api_requests') return store.send(file);
      return Promise.resolve({ successful_rows: 0, quarantined_rows: 1 });
    };
    await expect(run({ send })).resolves.toMatchObject({
      refusedRows: 1,
      refusals: ['api_requests: quarantined'],
      stopped: null,
    });
    const spool = new Spool(join(home, 'spool'));
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 1 });
    await expect(spool.replayDeadLetters()).resolves.toBe(1);
  });

  it('if the store refuses one table, the others are stored and the rows of that table wait', async () => {
    write(fileOf('s'), prompt('s', 0), kept);
    const send: SendFile = (file) => {
      if (file.table !== 'api_requests') return store.send(file);
      return Promise.reject(new StoreError('not_found', 'no such table', 404, null));
    };
    await expect(run({ send })).resolves.toMatchObject({
      waiting: ['api_requests: no such table'],
      stopped: null,
      refusedRows: 0,
    });
    expect(store.of('session_summaries')).toHaveLength(1);
    const waiting = await new Spool(join(home, 'spool')).waiting();
    expect(waiting.map((name) => describeFile(name)?.table)).toEqual(['api_requests']);
  });
});

describe('another store', () => {
  beforeEach(copyCaptures);
  const nameStore = (id: string) => write(join(home, 'store', 'id'), id);

  it('another store is filled, although the history was read for the previous store', async () => {
    nameStore('one');
    await expect(run()).resolves.toMatchObject({ files: 7 });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 7 });
    nameStore('two');
    await expect(run()).resolves.toMatchObject({ files: 7, skippedFiles: 0 });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 7 });
    rmSync(join(home, 'store'), { recursive: true });
    await expect(run()).resolves.toMatchObject({ files: 7 });
  });

  it('folders that are not read now are sent to it when they are read', async () => {
    nameStore('one');
    const other = join(tempFolder(), 'projects');
    write(join(other, '-x', 't.jsonl'), response({ message: 'm', at: 1, session: 't' }));
    const roots = [join(configDir, 'projects'), other];
    await expect(run({ roots })).resolves.toMatchObject({ files: 8 });
    nameStore('two');
    await expect(run()).resolves.toMatchObject({ files: 7 });
    await expect(run({ roots })).resolves.toMatchObject({ files: 1, skippedFiles: 7 });
  });

  it('a state of an earlier version, which names no store, is kept for the current store', async () => {
    await run();
    const [state] = readdirSync(join(home, 'backfill')).filter((name) => name.endsWith('.json'));
    expect(readFileSync(join(home, 'backfill', state!), 'utf8')).not.toContain('"store"');
    nameStore('one');
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 7 });
    // From now on the state names the store.
    expect(readFileSync(join(home, 'backfill', state!), 'utf8')).toContain('"store":"one"');
    nameStore('two');
    await expect(run()).resolves.toMatchObject({ files: 7 });
  });

  it('with `again` all files are read again, and other folders are not forgotten', async () => {
    nameStore('one');
    await run();
    const first = store.totals();
    const other = join(tempFolder(), 'projects');
    write(join(other, '-x', 't.jsonl'), response({ message: 'm', at: 1, session: 't' }));
    await run({ roots: [other] });
    await expect(run({ again: true })).resolves.toMatchObject({ files: 7, skippedFiles: 0 });
    await expect(run()).resolves.toMatchObject({ files: 0, skippedFiles: 7 });
    // Nothing of the other folder was forgotten.
    await expect(run({ roots: [other] })).resolves.toMatchObject({ files: 0, skippedFiles: 1 });
    expect(first.input).toBeLessThan(store.totals().input);
  });
});
