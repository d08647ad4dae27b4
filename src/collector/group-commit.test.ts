import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GroupCommit, NotAccepted } from './group-commit.js';

/** A disk that takes 5 ms per write and records what was written. */
function slowDisk() {
  const written: number[][] = [];
  const append = async (items: readonly number[]) => {
    await sleep(5);
    written.push([...items]);
  };
  return { written, append };
}

const reasonOf = (failed: Promise<void>) =>
  failed.then(
    () => 'accepted',
    (error: unknown) => (error instanceof NotAccepted ? error.reason : String(error)),
  );

describe('a group commit', () => {
  it('concurrent commits are written together, and later ones in the next write, in order', async () => {
    const { written, append } = slowDisk();
    const commits = new GroupCommit(append);
    const first = [commits.commit([1]), commits.commit([2, 3])];
    await sleep(2);
    const next = [commits.commit([4]), commits.commit([5])];
    await Promise.all([...first, ...next]);
    expect(written).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('a commit resolves only when its items are written', async () => {
    const { written, append } = slowDisk();
    await new GroupCommit(append).commit([1]);
    expect(written).toEqual([[1]]);
  });

  it('a failed write rejects every commit in it, and later commits are written', async () => {
    let full = true;
    const commits = new GroupCommit<number>(() =>
      full ? Promise.reject(new Error('ENOSPC')) : Promise.resolve(),
    );
    expect(await Promise.all([reasonOf(commits.commit([1])), reasonOf(commits.commit([2]))])).toEqual([
      'disk',
      'disk',
    ]);
    full = false;
    expect(await reasonOf(commits.commit([3]))).toBe('accepted');
  });

  it('commits beyond the memory limit are refused, but one large request is accepted', async () => {
    const { append } = slowDisk();
    const commits = new GroupCommit(append, 3);
    const large = commits.commit([1, 2, 3, 4, 5]);
    expect(await reasonOf(commits.commit([6]))).toBe('backlog');
    await large;
    expect(await reasonOf(commits.commit([7]))).toBe('accepted');
  });

  it('a write holds no more items than a segment may', async () => {
    const { written, append } = slowDisk();
    const commits = new GroupCommit(append);
    const many = Array.from({ length: 15_000 }, (_, n) => n);
    await Promise.all([commits.commit(many), commits.commit(many), commits.commit([1])]);
    expect(written.map((group) => group.length)).toEqual([15_000, 15_001]);
  });

  it('close waits until everything is written, and later commits are refused', async () => {
    const { written, append } = slowDisk();
    const commits = new GroupCommit(append);
    const taken = commits.commit([1]);
    await commits.close();
    expect(written).toEqual([[1]]);
    await taken;
    expect(await reasonOf(commits.commit([2]))).toBe('closing');
  });

  it('a commit of no items writes nothing', async () => {
    await expect(
      new GroupCommit(() => Promise.reject(new Error('unused'))).commit([]),
    ).resolves.toBeUndefined();
  });
});
