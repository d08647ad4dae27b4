import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { holderOf, pidIn, releaseLock, removeLock, takeLock } from './lock-file.js';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atel-lock-'));
  lock = join(folder, 'server.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const onLinux = existsSync('/proc/self/stat');

describe('a lock file', () => {
  it('a lock file is taken once, contains this process id, and is removed when it is released', async () => {
    expect([await takeLock(lock), await takeLock(lock)]).toEqual([true, false]);
    expect(holderOf(lock)?.pid).toBe(process.pid);
    expect(readFileSync(lock, 'utf8').split('\n')[0]).toBe(String(process.pid));
    expect(readdirSync(folder)).toEqual(['server.lock']);
    await releaseLock(lock);
    expect(readdirSync(folder)).toEqual([]);
    expect(holderOf(lock)).toBeUndefined();
  });

  it('exactly one of many takes a lock file', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, () => takeLock(lock)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    await releaseLock(lock);
  });

  it('releasing leaves a lock file that another process has taken over', async () => {
    await takeLock(lock);
    writeFileSync(lock, `${process.ppid}\n`);
    await releaseLock(lock);
    expect(pidIn(lock)).toBe(process.ppid);
  });

  it('a lock file with the id of a living process is held since it was written, with or without a line break', () => {
    for (const text of [`${process.ppid}\n`, `${process.ppid}`]) {
      writeFileSync(lock, text);
      const written = new Date(Date.now() - 20_000);
      utimesSync(lock, written, written);
      expect(holderOf(lock)).toEqual({ pid: process.ppid, since: written });
    }
  });

  it('a lock file with the id of this process, which did not take it, was left by an earlier process with that id', () => {
    writeFileSync(lock, `${process.pid}\n`);
    expect(holderOf(lock)).toBeUndefined();
  });

  it('the lock file of a process that has ended is not held', () => {
    // Above the largest id that Linux and macOS give.
    writeFileSync(lock, '99999999');
    expect(holderOf(lock)).toBeUndefined();
  });

  it.each(['', 'not a pid', '-1', '0', '1.5'])(
    'a lock file without a process id (%j) is not held',
    (text) => {
      writeFileSync(lock, text);
      expect([pidIn(lock), holderOf(lock)]).toEqual([undefined, undefined]);
    },
  );

  it.runIf(onLinux)('a lock file that is older than the process with its id is not held', async () => {
    const other = spawn('sleep', ['60']);
    onTestFinished(() => void other.kill());
    await once(other, 'spawn');
    writeFileSync(lock, String(other.pid));
    expect(holderOf(lock)?.pid).toBe(other.pid);
    const before = new Date(Date.now() - 120_000);
    utimesSync(lock, before, before);
    expect(holderOf(lock)).toBeUndefined();
  });

  it.runIf(onLinux)('a lock file is held whatever the clock was changed to since', async () => {
    await takeLock(lock);
    for (const days of [-400, -1, 1, 400]) {
      const written = new Date(Date.now() + days * 24 * 3600_000);
      utimesSync(lock, written, written);
      expect(holderOf(lock)?.pid, `${days} days`).toBe(process.pid);
    }
    await releaseLock(lock);
  });

  it.runIf(onLinux)(
    'the lock file of an earlier process with the id of a living one is not held',
    async () => {
      await takeLock(lock);
      const [pid = '', birth = ''] = readFileSync(lock, 'utf8').split('\n');
      const [boot = '', ticks = ''] = birth.split(' ');
      await releaseLock(lock);
      // The parent's id with the birth of this process, of an earlier one and of one before a restart of the machine.
      for (const other of [
        birth,
        `${boot} ${Number(ticks) - 1}`,
        `${boot.replaceAll(/\w/g, '0')} ${ticks}`,
      ]) {
        writeFileSync(lock, `${process.ppid}\n${other}\n`);
        expect(pidIn(lock)).toBe(process.ppid);
        expect(holderOf(lock), other).toBeUndefined();
      }
      expect(pid).toBe(String(process.pid));
    },
  );

  it.runIf(onLinux)(
    'the lock file of a dead process whose exit status was never read is not held',
    async () => {
      const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      onTestFinished(() => void parent.kill());
      const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
      writeFileSync(lock, pid);
      await expect
        .poll(() => readFileSync(`/proc/${pid.toString().trim()}/stat`, 'utf8'), { timeout: 10_000 })
        .toMatch(/\) [ZX] /);
      expect(holderOf(lock)).toBeUndefined();
    },
  );
});

it('anything else in the place of a lock file is removed, and a folder is moved aside', async () => {
  await removeLock(lock);
  writeFileSync(lock, 'text');
  await removeLock(lock);
  expect(readdirSync(folder)).toEqual([]);
});
