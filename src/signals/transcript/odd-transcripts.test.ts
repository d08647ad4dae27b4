/** Transcripts as gateways, crashes and forks leave them. The expected figures are worked out by hand. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { readSession, uncountedLines } from './session.js';
import { sessionRows } from './session-rows.js';

const SESSION = '5f0c9a3e-1d2b-4c3d-8e4f-0a1b2c3d4e5f';
const at = (second: number) => `2026-11-20T10:00:${String(second).padStart(2, '0')}.000Z`;
type Line = Record<string, unknown>;

const prompt = (second: number, more: Line = {}): Line => ({
  type: 'user',
  uuid: `u${second}`,
  timestamp: at(second),
  promptId: `p${second}`,
  message: { role: 'user', content: 'hello' },
  ...more,
});

/** A response of claude-opus-4-8 with 1,000 input and 100 output tokens: 0.005 + 0.0025 = 0.0075 USD. */
const answer = (second: number, more: Line = {}, message: Line = {}, usage: Line = {}): Line => ({
  type: 'assistant',
  uuid: `u${second}`,
  timestamp: at(second),
  requestId: `req_${second}`,
  message: {
    id: `msg_${second}`,
    model: 'claude-opus-4-8',
    stop_reason: 'end_turn',
    content: [{ type: 'text', text: 'ok' }],
    usage: { input_tokens: 1_000, output_tokens: 100, ...usage },
    ...message,
  },
  ...more,
});

/** An answer without any id that follows the line of `parent`. */
const bare = (second: number, parent: string, message: Line = {}, more: Line = {}): Line => {
  const { requestId: _, ...line } = answer(second, { parentUuid: parent, ...more }, { id: '', ...message });
  return line;
};

const result = (second: number, parent: string): Line => ({
  type: 'user',
  uuid: `u${second}`,
  parentUuid: parent,
  timestamp: at(second),
  message: { content: [{ type: 'tool_result', tool_use_id: 't1', content: 'done' }] },
});

/** Requests, tokens, cost in USD (null if no request has a price), prompts; and the lines that were not counted. */
async function figuresOf(...lines: (Line | string)[]) {
  const folder = join(tempFolder(), 'projects', '-shop');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${SESSION}.jsonl`);
  const text = lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join('');
  writeFileSync(path, text, 'latin1');
  const read = await readSession(path);
  const state = { sessionId: SESSION, project: 'shop-1', end: null, open: true, stops: {}, skills: [] };
  const rows = sessionRows(read, state, { device: 'test', privacyTier: 1, origin: 'live' }, 1_000);
  const [summary] = rows.flatMap((one) => (one.table === 'session_summaries' ? [one.row] : []));
  const usd = summary?.total_cost_usd ?? null;
  return {
    figures: [
      summary?.requests,
      summary?.total_tokens,
      usd === null ? null : Number(usd.toFixed(9)),
      summary?.prompts,
    ],
    unpriced: summary?.unpriced_requests,
    uncounted: uncountedLines(read),
    /** Of the requests. */
    times: rows.flatMap((one) => (one.table === 'api_requests' ? [one.row.timestamp] : [])),
    cwd: read.main.cwd,
  };
}

describe('responses without any id', () => {
  it('the blocks of one response are one: it thought, said something and called a tool', async () => {
    const tool = { stop_reason: 'tool_use' };
    const { figures } = await figuresOf(
      prompt(0),
      bare(1, 'u0', { ...tool, content: [{ type: 'thinking', thinking: '' }] }),
      bare(2, 'u1', tool),
      bare(3, 'u2', { ...tool, content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] }),
      result(4, 'u3'),
      bare(5, 'u4'),
    );
    expect(figures).toEqual([2, 2_200, 0.015, 1]);
  });

  it('a thought and the text after it are one response, two texts are two', async () => {
    const thought = { content: [{ type: 'thinking', thinking: '' }] };
    expect((await figuresOf(prompt(0), bare(1, 'u0', thought), bare(2, 'u1'))).figures).toEqual([
      1, 1_100, 0.0075, 1,
    ]);
    expect((await figuresOf(prompt(0), bare(1, 'u0'), bare(2, 'u1'))).figures).toEqual([2, 2_200, 0.015, 1]);
  });

  it('a line that says that it is a further block belongs to the response before it', async () => {
    const { figures } = await figuresOf(
      prompt(0),
      bare(1, 'u0', {}, { apiBlockIndex: 0 }),
      bare(2, 'u1', {}, { apiBlockIndex: 1 }),
    );
    expect(figures).toEqual([1, 1_100, 0.0075, 1]);
  });
});

describe('further calls of a response', () => {
  const advisor = (model: string, more: Line = {}) => ({
    type: 'advisor_message',
    model,
    input_tokens: 2_000,
    output_tokens: 100,
    ...more,
  });

  it('two advisors of different models have their own prices', async () => {
    // opus 0.0075; sonnet-4-6: 2,000 × 3 + 100 × 15 = 0.0075; haiku-4-5: 2,000 × 1 + 100 × 5 = 0.0025
    const iterations = [advisor('claude-sonnet-4-6'), advisor('claude-haiku-4-5-20251001')];
    expect((await figuresOf(prompt(0), answer(1, {}, {}, { iterations }))).figures).toEqual([
      3, 5_300, 0.0175, 1,
    ]);
  });

  it('an advisor without a price leaves the price of the response', async () => {
    const iterations = [advisor('glm-4.7')];
    const { figures, unpriced } = await figuresOf(prompt(0), answer(1, {}, {}, { iterations }));
    expect([figures, unpriced]).toEqual([[2, 3_200, 0.0075, 1], 1]);
  });

  it('a compaction with a cache write for an hour has the price of an hour', async () => {
    // 1,000 written for an hour × 10 + 50 output × 25 = 0.01125
    const compaction = {
      type: 'compaction',
      input_tokens: 0,
      output_tokens: 50,
      cache_creation_input_tokens: 1_000,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 1_000 },
    };
    const iterations = [{ type: 'message', input_tokens: 1_000, output_tokens: 100 }, compaction];
    expect((await figuresOf(prompt(0), answer(1, {}, {}, { iterations }))).figures).toEqual([
      2, 2_150, 0.01875, 1,
    ]);
  });

  it('counts that are text are read, and an entry that is no object is passed over', async () => {
    const iterations = [advisor('claude-sonnet-4-6', { input_tokens: '2000' }), 'advisor_message', null];
    expect((await figuresOf(prompt(0), answer(1, {}, {}, { iterations }))).figures).toEqual([
      2, 3_200, 0.015, 1,
    ]);
  });

  it('each block of a response repeats the list, which counts once', async () => {
    const iterations = [advisor('claude-sonnet-4-6')];
    const line = answer(1, {}, {}, { iterations });
    expect((await figuresOf(prompt(0), line, { ...line, uuid: 'other' })).figures).toEqual([
      2, 3_200, 0.015, 1,
    ]);
  });
});

describe('transcripts of clients that wrote no ids of prompts', () => {
  const old = (second: number, content: unknown, more: Line = {}) =>
    prompt(second, { promptId: undefined, message: { role: 'user', content }, ...more });
  const note = '[Request interrupted by user for tool use]';

  it('each prompt counts, and nothing that the client wrote itself', async () => {
    const { figures } = await figuresOf(
      old(0, 'hello'),
      answer(1, {}, { stop_reason: 'tool_use', content: [{ type: 'tool_use', id: 't1', name: 'Bash' }] }),
      { ...result(2, 'u1') },
      old(3, [{ type: 'text', text: note }]),
      old(4, '<command-name>/model</command-name>'),
      old(5, 'Caveat: the messages below', { isMeta: true }),
      old(6, 'the task of a subagent', { isSidechain: true }),
      old(7, [{ type: 'text', text: 'go on' }]),
      answer(8),
      // The same line again
      old(7, [{ type: 'text', text: 'go on' }]),
    );
    expect(figures).toEqual([2, 2_200, 0.015, 2]);
  });

  it('a session that a newer client went on with has the prompts of both, whichever part is read first', async () => {
    const ofOld = [old(0, 'hello'), answer(1)];
    const ofNew = [prompt(2), answer(3), old(4, 'the client wrote this'), prompt(5, { promptId: 'p2' })];
    expect((await figuresOf(...ofOld, ...ofNew)).figures).toEqual([2, 2_200, 0.015, 2]);
    expect((await figuresOf(...ofNew, ...ofOld)).figures).toEqual([2, 2_200, 0.015, 2]);
  });
});

describe('damaged files', () => {
  const [one, two, three] = [answer(1), answer(2), answer(3)].map((line) => JSON.stringify(line));

  it('three records on one line are three', async () => {
    const { figures, uncounted } = await figuresOf(prompt(0), `${one}${two}${three}\n`);
    expect([figures, uncounted]).toEqual([[3, 3_300, 0.0225, 1], { leftOut: 0, corrupt: 0 }]);
  });

  it('a cut record between two whole ones on a line loses only itself', async () => {
    const { figures, uncounted } = await figuresOf(prompt(0), `${one}${two?.slice(0, 60)}${three}\n`);
    expect([figures, uncounted]).toEqual([[2, 2_200, 0.015, 1], { leftOut: 0, corrupt: 1 }]);
  });

  it('two cut records before a whole one are two lost records', async () => {
    const cut = (second: number) => JSON.stringify({ parentUuid: null, ...answer(second) }).slice(0, 170);
    const { figures, uncounted } = await figuresOf(prompt(0), `${one}${cut(2)}${cut(4)}${three}\n`);
    expect([figures, uncounted]).toEqual([[2, 2_200, 0.015, 1], { leftOut: 0, corrupt: 2 }]);
  });

  it('a whole last record counts without a line break, a cut one waits for the rest', async () => {
    const whole = await figuresOf(prompt(0), `${one}\n${two}`);
    expect([whole.figures, whole.uncounted.corrupt]).toEqual([[2, 2_200, 0.015, 1], 0]);
    const cut = await figuresOf(prompt(0), `${one}\n${two}${three?.slice(0, -1)}`);
    expect([cut.figures, cut.uncounted.corrupt]).toEqual([[2, 2_200, 0.015, 1], 0]);
    const before = await figuresOf(prompt(0), `${one}\n${two?.slice(0, 60)}${three}`);
    expect([before.figures, before.uncounted.corrupt]).toEqual([[2, 2_200, 0.015, 1], 1]);
  });

  it('a file whose lines end with carriage returns alone is read whole', async () => {
    const { figures } = await figuresOf(`${JSON.stringify(prompt(0))}\r${one}\r${two}\r`);
    expect(figures).toEqual([2, 2_200, 0.015, 1]);
  });

  it('a byte-order mark in the middle, where files were joined, loses nothing', async () => {
    const { figures } = await figuresOf(prompt(0), `${one}\n\xef\xbb\xbf${two}\n`);
    expect(figures).toEqual([2, 2_200, 0.015, 1]);
  });

  it('line ends of Windows, blank lines and NUL bytes lose nothing', async () => {
    const { figures, uncounted } = await figuresOf(prompt(0), `${one}\r\n\r\n\0\0\0\0\n\0\0${two}\r\n`);
    expect(figures).toEqual([2, 2_200, 0.015, 1]);
    // The runs of NUL bytes stand for something that is gone.
    expect(uncounted.leftOut).toBe(0);
  });

  it('a record in the text of a prompt is no record', async () => {
    const { figures } = await figuresOf(prompt(0, { message: { role: 'user', content: `${one}\n${two}` } }));
    expect(figures.slice(0, 2)).toEqual([0, 0]);
  });
});

describe('a request that the API declined', () => {
  const declined = { stop_reason: 'refusal', content: [] };
  it.each([
    ['no output', { output_tokens: 0 }],
    ['a token of output but no content', { output_tokens: 1 }],
  ])('is not billed with %s', async (_, usage) => {
    const { figures, unpriced } = await figuresOf(prompt(0), answer(1, {}, declined, usage), answer(2));
    expect([figures, unpriced]).toEqual([[1, 1_100, 0.0075, 1], 0]);
  });

  it('is billed if it was declined in the middle of its output', async () => {
    const part = { stop_reason: null, content: [{ type: 'text', text: 'I' }] };
    const whole = { requestId: 'r' };
    const { figures } = await figuresOf(
      prompt(0),
      answer(1, whole, { id: 'm', ...part }, { output_tokens: 1 }),
      answer(2, whole, { id: 'm', ...declined }),
    );
    expect(figures).toEqual([1, 1_100, 0.0075, 1]);
  });
});

describe('a request that another model took over', () => {
  const attempt = (type: string, model: string, output: number) => ({
    type,
    model,
    input_tokens: 1_000,
    output_tokens: output,
  });
  const handOver = (from: string, to: string) => ({
    content: [{ type: 'fallback', from: { model: from }, to: { model: to } }],
  });
  const text = { content: [{ type: 'text', text: 'I' }] };
  /** The blocks of one response, each with its line, as the client writes them; the last one has the usage. */
  const blocks = (list: Line[], iterations: Line[]) =>
    list.map((block, n) => {
      const isLast = n === list.length - 1;
      const message = { id: 'm', ...block, ...(isLast ? {} : { stop_reason: null }) };
      return answer(n + 1, { requestId: 'r' }, message, isLast ? { iterations } : { output_tokens: 1 });
    });
  const [fable, opus] = ['claude-fable-5', 'claude-opus-4-8'];

  it('bills the part that the first model answered before it declined', async () => {
    // claude-fable-5: 1,000 × 10 + 300 × 50 per million
    const { figures } = await figuresOf(
      prompt(0),
      ...blocks(
        [text, handOver(fable, opus), text],
        [attempt('message', fable, 300), attempt('fallback_message', opus, 100)],
      ),
    );
    expect(figures).toEqual([2, 2_400, 0.0325, 1]);
  });

  const attempts = [attempt('message', fable, 300), attempt('fallback_message', opus, 100)];
  const before = blocks([handOver(fable, opus), text], attempts);
  const middle = blocks([text, handOver(fable, opus), text], attempts);
  /** The same lines with one time, as a fast client writes them. */
  const atOnce = (lines: Line[]) =>
    lines.map((line, n) => ({ ...line, timestamp: at(1), parentUuid: `u${n}` }));
  const [declined, billed] = [
    [1, 1_100, 0.0075, 1],
    [2, 2_400, 0.0325, 1],
  ];

  it('bills nothing for a model that declined before any content', async () => {
    expect((await figuresOf(prompt(0), ...before)).figures).toEqual(declined);
  });

  it.each([
    ['twice, one after the other', (lines: Line[]) => [...lines, ...lines]],
    ['each line twice', (lines: Line[]) => lines.flatMap((line) => [line, line])],
    ['backwards', (lines: Line[]) => lines.toReversed()],
    ['the last line first', (lines: Line[]) => [...lines.slice(-1), ...lines.slice(0, -1)]],
    ['without its first line, then whole', (lines: Line[]) => [...lines.slice(1), ...lines]],
    [
      'without uuids, twice',
      (lines: Line[]) => [...lines, ...lines].map((line) => ({ ...line, uuid: undefined })),
    ],
  ])('has the same figures if its lines are read %s', async (_, order) => {
    expect((await figuresOf(prompt(0), ...order(before))).figures).toEqual(declined);
    expect((await figuresOf(prompt(0), ...order(middle))).figures).toEqual(billed);
  });

  it.each([
    ['backwards', (lines: Line[]) => lines.toReversed()],
    ['without its first line, then whole', (lines: Line[]) => [...lines.slice(1), ...lines]],
  ])('has the same figures if its lines have one time and are read %s', async (_, order) => {
    expect((await figuresOf(prompt(0), ...order(atOnce(before)))).figures).toEqual(declined);
    expect((await figuresOf(prompt(0), ...order(atOnce(middle)))).figures).toEqual(billed);
  });

  it('knows by the numbers of the blocks that content is lost before the one that names the next model', async () => {
    const numbered = (lines: Line[]) => lines.map((line, n) => ({ ...line, apiBlockIndex: n }));
    expect((await figuresOf(prompt(0), ...numbered(middle).slice(1))).figures).toEqual(billed);
    expect((await figuresOf(prompt(0), ...numbered(before))).figures).toEqual(declined);
  });

  it('knows the model that declined also if one of its names has a date', async () => {
    const dated = blocks([text, handOver(`${fable}-20260901`, opus), text], attempts);
    expect((await figuresOf(prompt(0), ...dated)).figures).toEqual(billed);
    const itself = blocks(
      [text, handOver(opus, opus), text],
      [attempt('message', `${opus}-20260901`, 300), attempt('fallback_message', opus, 100)],
    );
    expect((await figuresOf(prompt(0), ...itself)).figures).toEqual(declined);
  });

  it('bills of three models the one that answered in part and the one that answered', async () => {
    // claude-opus-5: 1,000 × 5 + 200 × 25 per million
    const { figures } = await figuresOf(
      prompt(0),
      ...blocks(
        [handOver(fable, 'claude-opus-5'), text, handOver('claude-opus-5', opus), text],
        [
          attempt('message', fable, 3),
          attempt('fallback_message', 'claude-opus-5', 200),
          attempt('fallback_message', opus, 100),
        ],
      ),
    );
    expect(figures).toEqual([2, 2_300, 0.0175, 1]);
  });
});

describe('odd values', () => {
  it.each([
    ['negative', -5],
    ['too large', 1e12],
    ['a word', 'many'],
    ['a list', [1]],
    ['true', true],
  ])('a response with a count that is %s is left out and counted', async (_, count) => {
    const { figures, uncounted } = await figuresOf(
      prompt(0),
      answer(1),
      answer(2, {}, {}, { output_tokens: count }),
    );
    expect([figures, uncounted.leftOut]).toEqual([[1, 1_100, 0.0075, 1], 1]);
  });

  it.each([[null], [[]], ['usage'], [7], [undefined]])(
    'a response whose usage is %j is no request, and is counted as left out',
    async (usage) => {
      const { figures, uncounted } = await figuresOf(prompt(0), answer(1), answer(2, {}, { usage }));
      expect([figures, uncounted.leftOut]).toEqual([[1, 1_100, 0.0075, 1], 1]);
    },
  );

  it('a message that the client made up has no usage and is not left out', async () => {
    const made = { model: '<synthetic>', usage: undefined };
    const failed = { isApiErrorMessage: true };
    const { figures, uncounted } = await figuresOf(
      prompt(0),
      answer(1),
      answer(2, {}, made),
      answer(3, failed, { usage: undefined }),
    );
    expect([figures, uncounted.leftOut]).toEqual([[1, 1_100, 0.0075, 1], 0]);
  });

  // 2026-11-20T10:00:02Z
  it.each([
    1_795_168_802,
    1_795_168_802_000,
    '1795168802',
    '2026-11-20T11:00:02+01:00',
    '2026-11-20 10:00:02',
  ])('a response with the time %j is dated right, in any time zone of the machine', async (timestamp) => {
    const zone = process.env.TZ;
    process.env.TZ = 'Asia/Tokyo';
    onTestFinished(() => {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    });
    const { figures, uncounted, times } = await figuresOf(prompt(0), answer(2, { timestamp }));
    expect([figures, uncounted.leftOut, times]).toEqual([
      [1, 1_100, 0.0075, 1],
      0,
      ['2026-11-20 10:00:02.000'],
    ]);
  });

  it('the folder of a session whose user lines are gone is that of its answers', async () => {
    const lost = JSON.stringify(prompt(0, { cwd: '/srv/shop' })).slice(0, 40);
    const { cwd, uncounted } = await figuresOf(`${lost}\n`, answer(1, { cwd: '/srv/shop' }));
    expect([cwd, uncounted.corrupt]).toEqual(['/srv/shop', 1]);
  });

  it('names of the same model have one price, and a region its own', async () => {
    const priceOf = async (model: string) => (await figuresOf(answer(1, {}, { model }))).figures[2];
    const names = `claude-opus-4-8 claude-opus-4-8[1m] anthropic/claude-opus-4.8 claude-opus-4-8@default
      global.anthropic.claude-opus-4-8-v1:0`.split(/\s+/);
    expect(await Promise.all(names.map(priceOf))).toEqual(names.map(() => 0.0075));
    const regional = [
      'us.anthropic.claude-opus-4-8-v1:0',
      'eu.anthropic.claude-opus-4-8',
      'anthropic.claude-opus-4-8-v1',
    ];
    expect(await Promise.all(regional.map(priceOf))).toEqual(regional.map(() => 0.00825));
    const unknown = ['claude-opus-4-80', 'my-claude-opus-4-8', 'claude-opus', 'gpt-5', ''];
    expect(await Promise.all(unknown.map(priceOf))).toEqual(unknown.map(() => null));
  });
});

it('the file of a subagent beside the session, as older clients wrote it, belongs to the session that its lines name', async () => {
  const folder = join(tempFolder(), 'projects', '-shop');
  mkdirSync(folder, { recursive: true });
  const write = (name: string, ...lines: Line[]) =>
    writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  write(`${SESSION}.jsonl`, prompt(0), answer(1));
  write('agent-3b1c5e2a.jsonl', answer(2, { sessionId: SESSION, agentId: '3b1c5e2a', isSidechain: true }));
  write('agent-9d04f7c1.jsonl', answer(3, { sessionId: 'another', agentId: '9d04f7c1', isSidechain: true }));
  const { agents } = await readSession(join(folder, `${SESSION}.jsonl`));
  expect(agents.map(({ agentId, transcript }) => [agentId, transcript.responses.length])).toEqual([
    ['3b1c5e2a', 1],
  ]);
});
