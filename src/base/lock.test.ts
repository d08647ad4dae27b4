import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pidIn } from './lock-file.js';
import { isLocked, withLock } from './lock.js';

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atel-lock-'));
  lock = join(folder, 'drain.pid');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

/** Writes a lock whose last heartbeat was `ageMs` ago. */
async function lockOf(pid: number | string, ageMs = 0): Promise<void> {
  await writeFile(lock, `${pid}\n`);
  const touched = new Date(Date.now() - ageMs);
  await utimes(lock, touched, touched);
}

describe('a free lock', () => {
  it('a lock is held by this process while the work runs, and removed afterwards', async () => {
    const seen = await withLock(lock, () => Promise.resolve({ pid: pidIn(lock), locked: isLocked(lock) }));
    expect(seen).toEqual({ pid: process.pid, locked: true });
    expect(isLocked(lock)).toBe(false);
    await expect(readdir(folder)).resolves.toEqual([]);
  });

  it('a lock is released if the work fails, and the failure is passed on', async () => {
    const work = withLock(lock, () => Promise.reject(new Error('work failed')));
    await expect(work).rejects.toThrow('work failed');
    await expect(readdir(folder)).resolves.toEqual([]);
    await expect(withLock(lock, () => Promise.resolve('next'))).resolves.toBe('next');
  });
});

describe('a lock that is held', () => {
  it('a held lock turns others away at once, without running their work', async () => {
    let ran = false;
    const second = await withLock(lock, () =>
      withLock(lock, () => {
        ran = true;
        return Promise.resolve('second');
      }),
    );
    expect(second).toBeUndefined();
    expect(ran).toBe(false);
  });

  it('a lock is still held after it turned another process away', async () => {
    await withLock(lock, async () => {
      await withLock(lock, () => Promise.resolve());
      expect(isLocked(lock)).toBe(true);
    });
  });

  it('a lock lets exactly one of many contenders in and turns the others away', async () => {
    let finish: (result: string) => void = () => undefined;
    const held = new Promise<string>((resolve) => (finish = resolve));
    let inside = 0;
    const takers = Array.from({ length: 20 }, () =>
      withLock(lock, () => {
        inside += 1;
        return held;
      }),
    );
    // The winner waits for `held`, so whoever answers earlier was turned away.
    let away = 0;
    for (const taker of takers) void taker.then((result) => (away += result === undefined ? 1 : 0));
    await expect.poll(() => away).toBe(19);
    expect(inside).toBe(1);
    finish('done');
    expect((await Promise.all(takers)).filter((result) => result === 'done')).toHaveLength(1);
  });

  it('the lock of another living process is respected', async () => {
    await lockOf(process.ppid);
    expect(isLocked(lock)).toBe(true);
    await expect(withLock(lock, () => Promise.resolve('mine'))).resolves.toBeUndefined();
    await expect(readFile(lock, 'utf8')).resolves.toBe(`${process.ppid}\n`);
  });

  it('the lock of another living process is respected for 30 s without a heartbeat', async () => {
    await lockOf(process.ppid, 20_000);
    await expect(withLock(lock, () => Promise.resolve('mine'))).resolves.toBeUndefined();
  });
});

describe('a stale lock', () => {
  it('the lock of a process that has ended is taken over, whatever its age', async () => {
    await lockOf(await deadPid());
    expect(isLocked(lock)).toBe(false);
    await expect(withLock(lock, () => Promise.resolve(pidIn(lock)))).resolves.toBe(process.pid);
    await expect(readdir(folder)).resolves.toEqual([]);
  });

  it('the lock of a living process is taken over after 30 s without a heartbeat', async () => {
    await lockOf(process.ppid, 31_000);
    expect(isLocked(lock)).toBe(false);
    await expect(withLock(lock, () => Promise.resolve(pidIn(lock)))).resolves.toBe(process.pid);
  });

  it.each(['', 'not a pid', '-1', '0', '1.5'])(
    'a lock without a process id (%j) is taken over',
    async (text) => {
      await lockOf(text);
      expect(isLocked(lock)).toBe(false);
      await expect(withLock(lock, () => Promise.resolve('mine'))).resolves.toBe('mine');
    },
  );
});

describe('what does not prove a living holder', () => {
  it('a lock with a time in the future is taken over', async () => {
    await lockOf(process.ppid, -3600_000);
    expect(isLocked(lock)).toBe(false);
    await expect(withLock(lock, () => Promise.resolve(pidIn(lock)))).resolves.toBe(process.pid);
  });

  it('a folder in place of the lock is moved aside with its content', async () => {
    await mkdir(lock);
    await writeFile(join(lock, 'file'), 'text');
    await expect(withLock(lock, () => Promise.resolve(pidIn(lock)))).resolves.toBe(process.pid);
    const [aside = ''] = await readdir(folder);
    await expect(readFile(join(folder, aside, 'file'), 'utf8')).resolves.toBe('text');
  });

  it('a FIFO in place of the lock does not block', async () => {
    execFileSync('mkfifo', [lock]);
    await expect(withLock(lock, () => Promise.resolve(pidIn(lock)))).resolves.toBe(process.pid);
  });

  it('a stuck holder is ended, but another program that has its process id is not', async () => {
    for (const [name, isEnded] of [
      ['drain.js', true],
      ['other.js', false],
    ] as const) {
      const program = join(folder, name);
      await writeFile(program, 'setInterval(() => {}, 1000); console.log("up");');
      const child = spawn(process.execPath, [program]);
      await once(child.stdout, 'data');
      await lockOf(child.pid!, 31_000);
      const ended = once(child, 'exit');
      await expect(withLock(lock, () => Promise.resolve('mine'), { program: 'drain.js' })).resolves.toBe(
        'mine',
      );
      if (!isEnded) {
        expect(child.exitCode ?? child.signalCode).toBeNull();
        child.kill('SIGTERM');
      }
      expect(await ended).toEqual([null, isEnded ? 'SIGKILL' : 'SIGTERM']);
    }
  });
});

it('the heartbeat file holds the uptime of the machine, for shell scripts', async () => {
  const beat = join(folder, 'drain.beat');
  const before = Math.floor(uptime());
  const said = await withLock(lock, () => readFile(beat, 'utf8'), { beat });
  expect(Number(said)).toBeGreaterThanOrEqual(before);
  expect(Number(said)).toBeLessThanOrEqual(uptime());
});

describe('releasing a lock', () => {
  it('releasing leaves the lock of a process that has taken over', async () => {
    await withLock(lock, () => writeFile(lock, `${process.ppid}\n`));
    await expect(readFile(lock, 'utf8')).resolves.toBe(`${process.ppid}\n`);
  });

  it('releasing a lock that is already gone is no error', async () => {
    await expect(withLock(lock, () => rm(lock).then(() => 'done'))).resolves.toBe('done');
  });
});

it('a missing lock counts as not held', () => {
  expect(isLocked(lock)).toBe(false);
});

it('a missing folder is an error, not a held lock', async () => {
  const work = withLock(join(folder, 'none', 'drain.pid'), () => Promise.resolve());
  await expect(work).rejects.toMatchObject({ code: 'ENOENT' });
});
