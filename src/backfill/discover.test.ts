import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../../tests/helpers/temp.js';
import { discover } from './discover.js';

let root: string;
const put = (name: string) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), '{}\n');
};
const link = (target: string, name: string) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  symlinkSync(join(root, target), join(root, name));
};
/** The sessions below the root, with their files. */
const found = (...roots: string[]) =>
  Object.fromEntries(
    discover(roots.length === 0 ? [root] : roots).map(({ sessionId, files }) => [
      sessionId,
      files.map(({ path }) => path.slice(root.length + 1)),
    ]),
  );

beforeEach(() => {
  root = tempFolder();
});

describe('discover', () => {
  it('a transcript that is a link to a file elsewhere is read', () => {
    const elsewhere = join(tempFolder(), 'one.jsonl');
    writeFileSync(elsewhere, '{}\n');
    mkdirSync(join(root, 'shop'));
    symlinkSync(elsewhere, join(root, 'shop/one.jsonl'));
    expect(found()).toEqual({ one: ['shop/one.jsonl'] });
  });

  it('a link to a transcript below the roots is not another session, whatever its name', () => {
    put('shop/one.jsonl');
    link('shop/one.jsonl', 'app/one.jsonl');
    link('shop/one.jsonl', 'app/another.jsonl');
    link('shop/one.jsonl', 'shop/aaa.jsonl');
    expect(found()).toEqual({ one: ['shop/one.jsonl'] });
  });

  it('a project folder that is a link to another one is read once, under the real path', () => {
    put('shop/one.jsonl');
    put('shop/one/subagents/agent-a.jsonl');
    link('shop', 'app');
    expect(found()).toEqual({ one: ['shop/one.jsonl', 'shop/one/subagents/agent-a.jsonl'] });
  });

  it("a session's folder that is a link is read", () => {
    put('shop/one.jsonl');
    put('archive/one/subagents/deep/agent-a.jsonl');
    link('archive/one', 'shop/one');
    expect(found(root)).toEqual({ one: ['shop/one.jsonl', 'archive/one/subagents/deep/agent-a.jsonl'] });
  });

  it('a file with two names by a hard link is read once', () => {
    put('shop/one.jsonl');
    mkdirSync(join(root, 'work'));
    linkSync(join(root, 'shop/one.jsonl'), join(root, 'work/one.jsonl'));
    expect(found()).toEqual({ one: ['shop/one.jsonl'] });
  });

  it("a copy that somebody made of a session's file is a file of that session, after the file itself", () => {
    const id = '5f0c9a3e-1d2b-4c3d-8e4f-0a1b2c3d4e5f';
    const names = [`${id} (1)`, `${id}.backup`, `${id}-2026-11-20`, `Copy of ${id}`];
    for (const name of [...names, id]) put(`shop/${name}.jsonl`);
    put(`shop/0${id}.jsonl`);
    expect(found()).toEqual({
      [id]: [id, ...names.sort()].map((name) => `shop/${name}.jsonl`),
      [`0${id}`]: [`shop/0${id}.jsonl`],
    });
  });

  it("a subagent's file beside the sessions, as older clients wrote it, belongs to the session that its lines name", () => {
    put('shop/one.jsonl');
    const agent = (name: string, line: object) =>
      writeFileSync(join(root, `shop/agent-${name}.jsonl`), `${JSON.stringify(line)}\n`);
    agent('a', { sessionId: 'one', isSidechain: true });
    agent('b', { sessionId: 'gone', isSidechain: true });
    agent('c', { type: 'summary' });
    expect(found()).toEqual({ one: ['shop/one.jsonl', 'shop/agent-a.jsonl'], gone: ['shop/agent-b.jsonl'] });
  });

  it('the files of a session in two folders are those of one session, main files first', () => {
    put('app/one/subagents/agent-a.jsonl');
    put('app/one.jsonl');
    put('work/one.jsonl');
    put('work/one/subagents/agent-a.jsonl');
    put('work/two.jsonl');
    expect(found()).toEqual({
      one: [
        'app/one.jsonl',
        'work/one.jsonl',
        'app/one/subagents/agent-a.jsonl',
        'work/one/subagents/agent-a.jsonl',
      ],
      two: ['work/two.jsonl'],
    });
  });
});
