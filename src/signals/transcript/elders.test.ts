import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { descentOf, Families, findElders } from './elders.js';
import { readSessionFiles } from './session.js';

/** A prompt and its response, in the format and order of Claude Code 2.1.197 in a terminal. */
interface Turn {
  uuid: string;
  minute: number;
}

const time = (minute: number, ms = 0) => new Date(Date.UTC(2026, 10, 21, 16, minute, 0, ms)).toISOString();

const snapshot = ({ uuid, minute }: Turn) => ({
  type: 'file-history-snapshot',
  messageId: uuid,
  snapshot: { messageId: uuid, trackedFileBackups: {}, timestamp: time(minute, 9) },
  isSnapshotUpdate: false,
});

const messages = ({ uuid, minute }: Turn) => [
  { type: 'user', uuid, timestamp: time(minute), promptId: `p-${uuid}`, message: { content: 'x' } },
  {
    type: 'assistant',
    uuid: `${uuid}-answer`,
    timestamp: time(minute, 200),
    requestId: `req_${uuid}`,
    message: {
      id: `msg_${uuid}`,
      model: 'claude-opus-4-8',
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  },
];

const head = [
  { type: 'mode', mode: 'normal' },
  { type: 'permission-mode', permissionMode: 'default' },
];

/** In an original file, each prompt follows its snapshot. */
const original = (turns: Turn[]) => [
  ...head,
  ...turns.flatMap((turn) => [snapshot(turn), ...messages(turn)]),
];

/** A fork begins with the copied snapshots and its own first one, then the copied messages, then its own messages. */
const fork = (copied: Turn[], [first, ...rest]: [Turn, ...Turn[]]) => [
  ...head,
  ...copied.map(snapshot),
  snapshot(first),
  ...copied.flatMap(messages),
  ...messages(first),
  ...rest.flatMap((turn) => [...messages(turn), snapshot(turn)]),
];

const turns = (from: number, count: number): [Turn, ...Turn[]] => {
  const [first = { uuid: '', minute: 0 }, ...rest] = Array.from({ length: count }, (_, n) => ({
    uuid: `u${from + n}`,
    minute: from + n,
  }));
  return [first, ...rest];
};

let folder: string;
const path = (name: string) => join(folder, `${name}.jsonl`);
const put = (name: string, lines: object[]) =>
  writeFileSync(path(name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const ownOf = (name: string) => {
  const { main } = readSessionFiles([path(name)]);
  return {
    requests: main.responses.filter(({ copy }) => !copy).map(({ key }) => key),
    prompts: main.prompts,
    firstAt: main.firstAt,
  };
};

beforeEach(() => {
  folder = join(tempFolder(), 'projects', 'shop');
  mkdirSync(folder, { recursive: true });
});

const own = { requests: ['req_u8', 'req_u9'], prompts: ['p-u8', 'p-u9'], firstAt: Date.parse(time(8)) };

describe('a session that was forked in a terminal', () => {
  it('a session forked in a terminal owns what came after the fork, and its original the rest', () => {
    put('a', original(turns(0, 5)));
    put('b', fork(turns(0, 5), turns(8, 2)));
    expect(ownOf('b')).toEqual(own);
    expect(ownOf('a').requests).toHaveLength(5);
  });

  it('a fork is distinguished from its original even if both files were copied, the fork first', () => {
    put('b', fork(turns(0, 5), turns(8, 2)));
    put('a', original(turns(0, 5)));
    expect(findElders(path('b'))).toEqual([path('a')]);
    expect(findElders(path('a'))).toEqual([]);
    expect(ownOf('a').requests).toHaveLength(5);
    expect(ownOf('b')).toEqual(own);
  });

  it('a fork owns nothing more if the client has deleted the original', () => {
    put('a', original(turns(0, 5)));
    put('b', fork(turns(0, 5), turns(8, 2)));
    rmSync(path('a'));
    expect(ownOf('b')).toEqual(own);
  });

  it('a fork is recognised however many snapshots are at its head', () => {
    put('a', original(turns(0, 55)));
    put('b', fork(turns(0, 55), turns(56, 2)));
    expect(findElders(path('b'))).toEqual([path('a')]);
  });

  it('a fork of a fork owns only its own part', () => {
    put('c', fork([...turns(0, 5), ...turns(8, 2)], turns(20, 1)));
    put('b', fork(turns(0, 5), turns(8, 2)));
    put('a', original([...turns(0, 5), ...turns(30, 1)]));
    expect(findElders(path('c')).sort()).toEqual([path('a'), path('b')]);
    expect(['a', 'b', 'c'].map((name) => ownOf(name).requests.length)).toEqual([6, 2, 1]);
  });

  it('a fork whose own first snapshot came late is recognised by its original', () => {
    const [first, second] = turns(8, 2);
    put('a', original(turns(0, 5)));
    put('b', [
      ...head,
      ...turns(0, 5).map(snapshot),
      ...turns(0, 5).flatMap(messages),
      ...messages(first),
      ...[first, second!].map(snapshot),
      ...messages(second!),
    ]);
    expect(ownOf('b')).toEqual(own);
    expect(ownOf('a').requests).toHaveLength(5);
  });
});

describe('a session that was forked by `/branch`', () => {
  it('a session forked by `/branch` owns what came after, since each copied line names its origin', () => {
    const forkedFrom = { sessionId: 'a', messageUuid: 'u' };
    put('a', original(turns(0, 5)));
    put('b', [
      ...turns(0, 5)
        .flatMap(messages)
        .map((line) => ({ ...line, forkedFrom })),
      ...original(turns(8, 2)),
    ]);
    expect(ownOf('b')).toEqual({
      requests: ['req_u8', 'req_u9'],
      prompts: ['p-u8', 'p-u9'],
      firstAt: Date.parse(time(8)),
    });
  });
});

it('a session that was forked after it was compacted begins with another message, and owns what came after', () => {
  const summary = { ...messages({ uuid: 'summary', minute: 4 })[0], isCompactSummary: true };
  put('a', [...original(turns(0, 4)), summary, ...original(turns(5, 1))]);
  const [kept, next] = [turns(5, 1), turns(8, 1)];
  // The client keeps the last response from before the summary.
  put('b', [
    ...head,
    ...[...kept, ...next].map(snapshot),
    summary,
    ...turns(3, 1).flatMap(messages).slice(1),
    ...[...kept, ...next].flatMap(messages),
  ]);
  expect(ownOf('b').requests).toEqual(['req_u8']);
  expect(ownOf('a').requests).toHaveLength(5);
});

describe('a session that was forked after it was compacted, by a client that keeps no snapshots', () => {
  const boundary = { type: 'system', subtype: 'compact_boundary', uuid: 'boundary', timestamp: time(4) };
  const summary = { ...messages({ uuid: 'summary', minute: 4 })[0], isCompactSummary: true };
  const compacted = [boundary, summary, ...turns(5, 2).flatMap(messages)];
  const answered = [
    { type: 'user', uuid: 'result', timestamp: time(6, 900), promptId: 'p-u6', message: { content: 'x' } },
  ];

  it('the fork owns what came after, and its original the rest', () => {
    put('a', [...turns(0, 4).flatMap(messages), ...compacted, ...answered]);
    put('b', [...compacted, ...answered, ...turns(8, 2).flatMap(messages)]);
    expect(findElders(path('b'))).toEqual([path('a')]);
    expect(findElders(path('a'))).toEqual([]);
    expect(ownOf('a').requests).toHaveLength(6);
    // The line after the last shared response is a copy, too.
    expect(ownOf('b')).toEqual(own);
  });

  it('two forks of it are told apart by their age', async () => {
    put('a', [...turns(0, 4).flatMap(messages), ...compacted]);
    put('c', [...compacted, ...turns(8, 1).flatMap(messages)]);
    await sleep(20);
    put('b', [...compacted, ...turns(8, 1).flatMap(messages), ...turns(9, 1).flatMap(messages)]);
    expect(findElders(path('b')).sort()).toEqual([path('a'), path('c')]);
    expect(findElders(path('c'))).toEqual([path('a')]);
    expect(['a', 'b', 'c'].map((name) => ownOf(name).requests.length)).toEqual([6, 1, 1]);
  });
});

it('a fork is recognised if the first line of either file is damaged', () => {
  const lines = turns(0, 3).flatMap(messages);
  writeFileSync(
    path('a'),
    `{"type":"us\n${lines
      .slice(1)
      .map((line) => JSON.stringify(line))
      .join('\n')}\n`,
  );
  put('b', [{ type: 'queue-operation', timestamp: time(8) }, ...lines, ...turns(8, 1).flatMap(messages)]);
  expect(
    new Families([descentOf(path('a'))!, descentOf(path('b'))!]).eldersOf(descentOf(path('b'))!),
  ).toEqual([path('a')]);
});

it('a file with the same name in another folder is no elder, but another part of the session', () => {
  put('a', turns(0, 2).flatMap(messages));
  const other = join(dirname(folder), 'moved', 'a.jsonl');
  mkdirSync(dirname(other));
  writeFileSync(other, readFileSync(path('a')));
  const [one, two] = [descentOf(path('a'))!, descentOf(other)!];
  expect(new Families([one, two]).eldersOf(two)).toEqual([]);
});

it('a session that began with a command of the client owns what follows', () => {
  const [typed, ...rest] = turns(0, 3);
  const caveat = { ...messages(typed)[0], uuid: 'caveat', timestamp: time(0, 1), isMeta: true };
  put('a', [...head, snapshot(typed), caveat, ...messages(typed), ...original(rest)]);
  expect(ownOf('a').requests).toHaveLength(3);
});

it('without snapshots the file that was created first is the original', async () => {
  put('b', turns(0, 2).flatMap(messages));
  await sleep(20);
  put('a', turns(0, 3).flatMap(messages));
  expect(findElders(path('a'))).toEqual([path('b')]);
  expect(findElders(path('b'))).toEqual([]);
});

describe('a fork whose file is older than that of its original, as copying a folder leaves them', () => {
  const turn = (uuid: string, minute: number, promptId: string) =>
    messages({ uuid, minute }).map((line) => ('promptId' in line ? { ...line, promptId } : line));
  const first = turn('u1', 1, 'p1');
  const second = turn('u2', 2, 'p2');
  /** What 2.1.332 makes of them in a fork. */
  const stamped = [...turn('u1', 1, 'own'), ...turn('u2', 2, 'own')];
  const forkOwn = { requests: ['req_u5'], prompts: ['own'] };

  it('the file whose copied prompts carry the id of its own prompt is the fork, even if the original went on', () => {
    put('a-fork', [...stamped, ...turn('u5', 5, 'own')]);
    put('b-original', [...first, ...second, ...turn('u9', 9, 'p9')]);
    expect(ownOf('a-fork')).toMatchObject(forkOwn);
    expect(ownOf('b-original')).toMatchObject({
      requests: ['req_u1', 'req_u2', 'req_u9'],
      prompts: ['p1', 'p2', 'p9'],
    });
  });

  it('without such ids, the file that has all prompts of the other and more is the fork', () => {
    put('a-fork', [...first, ...second, ...turn('u5', 5, 'own')]);
    put('b-original', [...first, ...second]);
    expect(ownOf('a-fork')).toMatchObject(forkOwn);
    expect(ownOf('b-original')).toMatchObject({ requests: ['req_u1', 'req_u2'], prompts: ['p1', 'p2'] });
  });

  it('a fork of a fork owns its own prompt alone', () => {
    put('a-second', [...turn('u1', 1, 'last'), ...turn('u5', 5, 'last'), ...turn('u7', 7, 'last')]);
    put('b-first', [...turn('u1', 1, 'own'), ...turn('u5', 5, 'own')]);
    put('c-original', first);
    expect(ownOf('a-second')).toMatchObject({ requests: ['req_u7'], prompts: ['last'] });
    expect(ownOf('b-first')).toMatchObject(forkOwn);
    expect(ownOf('c-original')).toMatchObject({ requests: ['req_u1'], prompts: ['p1'] });
  });
});
