import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { transcriptsFolder } from '../../../tests/helpers/captures.js';
import { writeCorpus } from '../../../tests/helpers/corpus.js';
import { prune, unfold } from '../../../tests/helpers/picked.js';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { readLines } from '../../base/json-scan/lines.js';
import { isBlank, Picker } from '../../base/json-scan/pick.js';
import type { Shape } from '../../base/json-scan/shape.js';
import { parseObject } from '../../base/json/json.js';
import { readTranscript } from './session.js';
import { lineShape } from './line-shape.js';
import { errorClass } from './tool-use.js';
import { TranscriptReader } from './transcript.js';

const AT = '2026-11-20T10:00:00.000Z';
const LATER = '2026-11-20T10:00:01.000Z';

interface LineOptions {
  message?: string;
  request?: string | null;
  output?: number;
  stop?: string | null;
  at?: string;
  sidechain?: boolean;
  content?: unknown[];
}

function assistant(options: LineOptions = {}): string {
  const {
    message = 'msg_1',
    request = 'req_1',
    output = 10,
    stop = 'end_turn',
    at = AT,
    sidechain = false,
    content = [],
  } = options;
  return JSON.stringify({
    type: 'assistant',
    timestamp: at,
    isSidechain: sidechain,
    ...(request === null ? {} : { requestId: request }),
    message: {
      id: message,
      model: 'claude-opus-4-8',
      stop_reason: stop,
      content,
      usage: {
        input_tokens: 5,
        output_tokens: output,
        cache_read_input_tokens: 7,
        cache_creation_input_tokens: 3,
      },
    },
  });
}

function user({ content, promptId = 'p' }: { content: unknown; promptId?: string }): string {
  return JSON.stringify({ type: 'user', timestamp: AT, promptId, message: { content } });
}

function read(...lines: string[]) {
  const reader = new TranscriptReader();
  for (const line of lines) reader.add(line);
  return reader.finish();
}

describe('TranscriptReader', () => {
  it('several lines of one response become one, with the largest output and the time of the first', () => {
    const { responses } = read(
      assistant({ output: 1, stop: null, at: AT }),
      assistant({ output: 400, stop: 'tool_use', at: LATER }),
      assistant({ output: 1, stop: null, at: LATER }),
    );
    expect(responses).toHaveLength(1);
    expect(responses[0]).toMatchObject({
      key: 'req_1',
      at: Date.parse(AT),
      final: true,
      usage: { output: 400, input: 5, cacheRead: 7 },
    });
  });

  it.each(['/home/ann/shop', 'C:\\Users\\ann\\shop', 'curl -u ann:word https://x'])(
    'an id or a kind of a line never keeps the text %s',
    (text) => {
      const line = JSON.stringify({
        type: 'assistant',
        timestamp: AT,
        uuid: text,
        requestId: text,
        promptId: text,
        agentId: text,
        message: {
          id: text,
          model: text,
          usage: { input_tokens: 1, output_tokens: 2, speed: text, service_tier: text, inference_geo: text },
        },
      });
      const withoutIds = JSON.stringify({
        type: 'assistant',
        timestamp: LATER,
        uuid: text,
        message: { model: text, usage: { input_tokens: 1, output_tokens: 2 } },
      });
      const { responses } = read(line, withoutIds);
      expect(responses).toHaveLength(2);
      expect(JSON.stringify(responses)).not.toMatch(/ann|curl/);
    },
  );

  it('a response with only placeholder lines is marked as not final', () => {
    expect(read(assistant({ output: 1, stop: null })).responses[0]).toMatchObject({ final: false });
  });

  it('the lines of a response without a request id are one response, known by its message id and its first line', () => {
    const { responses } = read(assistant({ request: null }), assistant({ request: null, output: 20 }));
    expect(responses.map(({ key, usage }) => [key.replace(/:[0-9a-f]{12}$/, ''), usage.output])).toEqual([
      ['msg_1', 20],
    ]);
  });

  it.each([
    ['with fewer output tokens', [assistant({ request: null, output: 9, at: LATER })]],
    [
      'after the result of a tool',
      [
        user({ content: [{ type: 'tool_result', tool_use_id: 't', content: 'x' }] }),
        assistant({ request: null, at: LATER }),
      ],
    ],
    ['after a prompt', [user({ content: 'next' }), assistant({ request: null, at: LATER })]],
  ])('a line without a request id %s is another response, even with the same message id', (_, more) => {
    expect(read(assistant({ request: null, at: AT }), ...more).responses).toHaveLength(2);
  });

  it('a line that follows the last line of its response belongs to it, even after the result of a tool', () => {
    const line = (uuid: string, parentUuid: string) =>
      JSON.stringify({ ...(JSON.parse(assistant({ request: null })) as object), uuid, parentUuid });
    const result = user({ content: [{ type: 'tool_result', tool_use_id: 't', content: 'x' }] });
    expect(read(line('a', ''), result, line('b', 'a')).responses).toHaveLength(1);
    expect(read(line('a', ''), result, line('b', 'result')).responses).toHaveLength(2);
  });

  it('counts that are sent as text are read as numbers, and a line with other counts is left out', () => {
    const line = (usage: object) =>
      JSON.stringify({
        type: 'assistant',
        timestamp: AT,
        requestId: 'req_1',
        message: { id: 'msg_1', model: 'glm-4.7', usage },
      });
    expect(read(line({ input_tokens: '1500', output_tokens: '70' })).responses[0]?.usage).toMatchObject({
      input: 1_500,
      output: 70,
    });
    for (const wrong of ['many', '-1', '1e3', '', -1, 5e9, true, []]) {
      const { responses, leftOutLines } = read(line({ input_tokens: wrong, output_tokens: 70 }));
      expect([wrong, responses, leftOutLines]).toEqual([wrong, [], 1]);
    }
  });

  it("the calls of an advisor and compactions are responses of their own, with the response's prompt", () => {
    const iterations = [
      { type: 'compaction', input_tokens: 4_000, output_tokens: 2_500, cache_read_input_tokens: 150_000 },
      { type: 'message', input_tokens: 2, output_tokens: 50 },
      { type: 'advisor_message', model: 'claude-opus-4-8[1m]', input_tokens: 15_000, output_tokens: 800 },
      { type: 'advisor_message', model: 'claude-opus-4-8', input_tokens: 900, output_tokens: 0 },
      { type: 'fallback_message', model: 'claude-haiku-4-5', input_tokens: 2, output_tokens: 450 },
    ];
    const line = JSON.parse(assistant({ output: 500 })) as { message: { model: string; usage: object } };
    line.message.model = 'claude-sonnet-4-6';
    line.message.usage = { ...line.message.usage, iterations };
    const { responses } = read(
      user({ content: 'x', promptId: 'p1' }),
      JSON.stringify(line),
      JSON.stringify(line),
      // The same response once more, as a placeholder: it changes nothing.
      assistant({ output: 1 }),
    );
    expect(
      responses.map(({ key, model, promptId, usage, isBeside }) => [
        key,
        model,
        promptId,
        usage.input,
        usage.output,
        usage.cacheRead,
        isBeside,
      ]),
    ).toEqual([
      ['req_1', 'claude-sonnet-4-6', 'p1', 5, 500, 7, false],
      ['req_1:iter:0', 'claude-sonnet-4-6', 'p1', 4_000, 2_500, 150_000, true],
      ['req_1:iter:2', 'claude-opus-4-8', 'p1', 15_000, 800, 0, true],
    ]);
  });

  it('the part of a cache write without a lifetime counts as a five-minute one', () => {
    expect(read(assistant()).responses[0]?.usage).toMatchObject({ cacheCreation5m: 3, cacheCreation1h: 0 });
  });

  it('lines that the client made up are skipped', () => {
    const line = JSON.parse(assistant()) as { message: { model: string } };
    line.message.model = '<synthetic>';
    expect(read(JSON.stringify(line)).responses).toEqual([]);
    expect(
      read(JSON.stringify({ ...(JSON.parse(assistant()) as object), isApiErrorMessage: true })).responses,
    ).toEqual([]);
  });

  it('lines dated before the file began its own life are marked as copies', () => {
    const { responses, firstAt, prompts } = read(
      JSON.stringify({ type: 'queue-operation', timestamp: LATER }),
      JSON.stringify({ type: 'user', timestamp: AT, promptId: 'p1', message: { content: 'old' } }),
      assistant({ at: AT }),
      JSON.stringify({ type: 'user', timestamp: LATER, promptId: 'p2', message: { content: 'new' } }),
      assistant({ message: 'msg_2', request: 'req_2', at: '2026-11-20T10:00:02.000Z' }),
    );
    expect(responses.map(({ key, copy, promptId }) => [key, copy, promptId])).toEqual([
      ['req_1', true, 'p1'],
      ['req_2', false, 'p2'],
    ]);
    expect(firstAt).toBe(Date.parse(LATER));
    expect(prompts).toEqual(['p2']);
  });

  it('a queue-operation in the middle of the file marks no copies: the user typed while the client was busy', () => {
    const { responses, prompts } = read(
      JSON.stringify({ type: 'user', timestamp: AT, promptId: 'p1', message: { content: 'first' } }),
      assistant({ at: AT }),
      JSON.stringify({ type: 'queue-operation', timestamp: LATER }),
      assistant({ message: 'msg_2', request: 'req_2', at: LATER }),
    );
    expect(responses.map(({ key, copy }) => [key, copy])).toEqual([
      ['req_1', false],
      ['req_2', false],
    ]);
    expect(prompts).toEqual(['p1']);
  });

  it('a tool call gets its result', () => {
    const call = { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'false' } };
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', is_error: true, content: 'secret' };
    const { toolCalls } = read(
      assistant({ content: [call] }),
      JSON.stringify({
        type: 'user',
        timestamp: LATER,
        message: { content: [result] },
        toolUseResult: 'Error: Exit code 2\nsecret',
      }),
    );
    expect(toolCalls).toMatchObject([
      { id: 'toolu_1', name: 'Bash', outcome: { failed: true, errorClass: 'exit_2' } },
    ]);
    expect(JSON.stringify(toolCalls)).not.toContain('secret');
  });

  it('the calls on all lines of a response are collected', () => {
    const use = (id: string) => ({ type: 'tool_use', id, name: 'Agent', input: {} });
    const { toolCalls, responses } = read(
      assistant({ content: [use('a')] }),
      assistant({ content: [use('b')] }),
    );
    expect(toolCalls.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(responses).toHaveLength(1);
  });

  it('inserted text and the notification of a finished subagent are not prompts', () => {
    const user = (promptId: string, more: object) =>
      JSON.stringify({ type: 'user', timestamp: AT, promptId, message: { content: 'x' }, ...more });
    const { prompts } = read(
      user('typed', {}),
      user('injected', { isMeta: true }),
      user('news', { origin: { kind: 'task-notification' } }),
      user('older news', { message: { content: '<task-notification>done</task-notification>' } }),
    );
    expect(prompts).toEqual(['typed']);
  });

  it('a prompt is what UserPromptSubmit reports: no command of the client, no summary', () => {
    const user = (promptId: string, content: string, more: object = {}) =>
      JSON.stringify({ type: 'user', timestamp: AT, promptId, message: { content }, ...more });
    // As 2.1.197 writes a session in a terminal.
    const { prompts } = read(
      user('p1', '<local-command-caveat>Caveat: …</local-command-caveat>', { isMeta: true }),
      user('p1', '<command-name>/model</command-name>\n <command-message>model</command-message>'),
      user('p1', '<local-command-stdout>Set model to …</local-command-stdout>'),
      user('p2', 'typed'),
      user(
        'p3',
        '<command-message>release-notes</command-message>\n<command-name>/release-notes</command-name>',
      ),
      user('p3', 'Write them.', { isMeta: true }),
      user('p4', 'This session is being continued from …', { isCompactSummary: true }),
      user('p4', '<command-name>/compact</command-name>\n <command-message>compact</command-message>'),
      user('p4', '<bash-input>echo hi</bash-input>'),
      user('p4', '<bash-stdout>hi</bash-stdout><bash-stderr></bash-stderr>'),
    );
    expect(prompts).toEqual(['p2', 'p3']);
  });

  it('lines that are not JSON are counted and skipped', () => {
    const { corruptLines, responses } = read('{"type":"assis', '', 'null', assistant());
    expect(corruptLines).toBe(2);
    expect(responses).toHaveLength(1);
  });

  it('values of any shape are no error', () => {
    const odd = [
      1,
      'x',
      null,
      [],
      {},
      { type: 'assistant', timestamp: AT, message: { usage: { input_tokens: 'many' }, content: 'x', id: 3 } },
    ];
    expect(() => read(...odd.map((value) => JSON.stringify(value)))).not.toThrow();
  });
});

describe('picking values out of lines', () => {
  /** The parts of a line that are read, with texts in full length. */
  function uncut({ text: _, keys, items, ...rest }: Shape): Shape {
    return {
      ...rest,
      ...(keys && {
        keys: Object.fromEntries(Object.entries(keys).map(([name, one]) => [name, uncut(one)])),
      }),
      ...(items && { items: uncut(items) }),
    };
  }

  const shape = uncut(lineShape);
  const picker = new Picker(shape);

  /**
   * Compares each complete line of a file with its JSON.parse result; returns the number of lines that are no objects.
   */
  function expectLinesAsParsed(path: string): number {
    const lines = readFileSync(path, 'utf8').split('\n');
    let [index, corrupt] = [0, 0];
    readLines(path, (from, to) => {
      const parsed = parseObject(lines[index++]!);
      const picked = picker.pick(from, to);
      if (parsed === undefined) corrupt += isBlank(from, to) ? 0 : 1;
      expect(unfold(picked, shape)).toEqual(prune(parsed, shape));
    });
    expect(index).toBe(lines.length - 1);
    return corrupt;
  }

  const filesBelow = (folder: string) =>
    readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => join(folder, name));

  it('picking from the captured lines gives the same as parsing them', () => {
    const files = filesBelow(transcriptsFolder);
    expect(files).toHaveLength(7);
    for (const file of files) expect(expectLinesAsParsed(file)).toBe(0);
  });

  it('picking from a synthetic history with every trap gives the same as parsing it', () => {
    const root = tempFolder();
    writeCorpus(root, { bytes: 4_000_000, median: 20_000, largest: 200_000, seed: 7, result: 500 });
    const files = filesBelow(root);
    expect(files).toHaveLength(59);
    for (const file of files) expect(readTranscript(file).corruptLines).toBe(expectLinesAsParsed(file));
  });

  it("the kind of a subagent's failure is read from the result, the only place that has it", () => {
    const lines = [
      assistant({ content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] }),
      JSON.stringify({
        type: 'user',
        timestamp: LATER,
        message: {
          content: [
            { type: 'tool_result', tool_use_id: 't1', is_error: true, content: 'Exit code 3\nsecret' },
          ],
        },
      }),
    ];
    expect(read(...lines).toolCalls).toMatchObject([{ outcome: { errorClass: 'exit_3' } }]);
  });
});

describe('typed commands and skills', () => {
  const typed = (content: string, more: object = {}) =>
    JSON.stringify({
      type: 'user',
      timestamp: AT,
      cwd: '/projects/shop',
      promptId: 'p1',
      message: { content },
      ...more,
    });

  it("a typed command is recognised by the client's markup, with its name and prompt", () => {
    const { commands } = read(
      typed(
        '<command-message>tidy is running…</command-message>\n<command-name>/tidy</command-name>\n<command-args>secret</command-args>',
      ),
      typed('<command-name>/dir:old</command-name>\n<command-message>old</command-message>', {
        promptId: undefined,
      }),
    );
    expect(commands).toMatchObject([
      { name: 'tidy', promptId: 'p1', cwd: '/projects/shop', at: Date.parse(AT), copy: false },
      { name: 'dir:old', promptId: '' },
    ]);
    expect(JSON.stringify(commands)).not.toContain('secret');
  });

  it('a typed skill that runs in a subagent has no markup', () => {
    const lines = ['/forked', '/plug:forked twice, please', '/tmp/shop is full', 'and /forked?', '/'];
    expect(read(...lines.map((line) => typed(line))).commands.map(({ name }) => name)).toEqual([
      'forked',
      'plug:forked',
    ]);
  });

  it('a prompt of an MCP server is no skill, although the client names it as one', () => {
    const under = (attributionSkill: string) =>
      JSON.stringify({
        type: 'assistant',
        timestamp: AT,
        requestId: attributionSkill,
        attributionSkill,
        message: { id: attributionSkill, model: 'm', usage: { output_tokens: 1 } },
      });
    const { responses } = read(under('mcp__calc__greet'), under('tidy'));
    expect(responses.map(({ skillName }) => skillName)).toEqual(['', 'tidy']);
  });

  it('text about a command is not a command', () => {
    const { commands } = read(
      typed('what does <command-name>/tidy</command-name> do?'),
      typed('<command-name>/tidy</command-name>', { isMeta: true }),
    );
    expect(commands).toEqual([]);
  });

  it('the notification of a background subagent is recognised', () => {
    const { agentNews } = read(
      typed(
        '<task-notification>\n<task-id>a1</task-id>\n<status>completed</status>\n<result>x</result></task-notification>',
      ),
    );
    expect([...agentNews]).toEqual([['a1', 'completed']]);
  });
});

describe('errorClass', () => {
  it.each([
    ['Exit code 127\nsh: x: not found', 'exit_127'],
    ['Error: Exit code 1', 'exit_1'],
    ['[Request interrupted by user]', 'interrupted'],
    ['Permission to use Bash has been denied', 'denied'],
    ['Command timed out after 2m', 'timeout'],
    ['File does not exist.', 'error'],
    [undefined, 'error'],
  ])('errorClass reads %j as %s', (text, kind) => {
    expect(errorClass(text)).toBe(kind);
  });
});
