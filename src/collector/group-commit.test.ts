import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GroupCommit, NotAccepted } from './group-commit.js';

/** A disk that takes 5 ms for whatever is written, and remembers it. */
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
  it('writes what comes together at once, and what comes meanwhile next, in order', async () => {
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

  it('resolves only when the items are written', async () => {
    const { written, append } = slowDisk();
    await new GroupCommit(append).commit([1]);
    expect(written).toEqual([[1]]);
  });

  it('fails everybody whose items were not written, and goes on', async () => {
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

  it('keeps no more in memory than it may, but takes one large request', async () => {
    const { append } = slowDisk();
    const commits = new GroupCommit(append, 3);
    const large = commits.commit([1, 2, 3, 4, 5]);
    expect(await reasonOf(commits.commit([6]))).toBe('backlog');
    await large;
    expect(await reasonOf(commits.commit([7]))).toBe('accepted');
  });

  it('cuts groups to the size of a segment', async () => {
    const { written, append } = slowDisk();
    const commits = new GroupCommit(append);
    const many = Array.from({ length: 15_000 }, (_, n) => n);
    await Promise.all([commits.commit(many), commits.commit(many), commits.commit([1])]);
    expect(written.map((group) => group.length)).toEqual([15_000, 15_001]);
  });

  it('has written everything when it is closed, and takes nothing more', async () => {
    const { written, append } = slowDisk();
    const commits = new GroupCommit(append);
    const taken = commits.commit([1]);
    await commits.close();
    expect(written).toEqual([[1]]);
    await taken;
    expect(await reasonOf(commits.commit([2]))).toBe('closing');
  });

  it('has nothing to do for no items', async () => {
    await expect(
      new GroupCommit(() => Promise.reject(new Error('unused'))).commit([]),
    ).resolves.toBeUndefined();
  });
});
