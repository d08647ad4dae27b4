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
