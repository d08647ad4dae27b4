import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LocalServerError, startLocalServer } from '../../../src/local/index.js';
import { until } from '../../helpers/background.js';
import { openServer, temporaryFolder } from './server.js';

describe('starting', () => {
  it('a port that is in use is named, and the folder is released', async () => {
    await using folder = await temporaryFolder();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const start = startLocalServer({ dataDir: folder.path, port });
    await expect(start).rejects.toThrow(LocalServerError);
    await expect(start).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `The store cannot listen for HTTP on 127.0.0.1:${port} (the port is in use by another program): stop that program, or choose another port`,
    });
    other.close();
    await using server = await openServer(folder.path);
    expect((await server.send('/health')).status).toBe(200);
  });

  it('the lock of a process that has ended is taken over', async () => {
    await using folder = await temporaryFolder();
    // No process has this id: it is above the largest on Linux and macOS.
    await writeFile(join(folder.path, 'server.lock'), '99999999');
    await using server = await openServer(folder.path);
    expect((await server.send('/health')).status).toBe(200);
  });

  it.runIf(existsSync('/proc/self/stat'))('the lock of a zombie process is taken over', async () => {
    await using folder = await temporaryFolder();
    const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void parent.kill());
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    await until('it is dead', () =>
      / [ZX] /.test(readFileSync(`/proc/${pid.toString().trim()}/stat`, 'utf8')),
    );
    await writeFile(join(folder.path, 'server.lock'), pid.toString());
    await using server = await openServer(folder.path);
    expect((await server.send('/health')).status).toBe(200);
  });

  it.runIf(existsSync('/proc/self/stat'))(
    'a lock that is older than the process that it names is taken over',
    async () => {
      await using folder = await temporaryFolder();
      const lock = join(folder.path, 'server.lock');
      const other = spawn('sleep', ['60']);
      onTestFinished(() => void other.kill());
      await writeFile(lock, String(other.pid));
      const busy = startLocalServer({ dataDir: folder.path, port: 0 });
      await expect(busy).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
      const before = new Date(Date.now() - 120_000);
      await utimes(lock, before, before);
      await using server = await openServer(folder.path);
      expect((await server.send('/health')).status).toBe(200);
    },
  );

  it('a replaced token does not become an administrator token', async () => {
    await using folder = await temporaryFolder();
    const status = async (tokens: Record<string, string>, token: string) => {
      await using server = await openServer(folder.path, { tokens });
      return (await server.send('/v0/tokens', { token })).status;
    };
    expect(await status({ app: 'one' }, 'one')).toBe(403);
    expect(await status({ app: 'two' }, 'one')).toBe(403);
    expect(await status({ app: 'two' }, 'local')).toBe(200);
    // One value for two names is not split: it stays an administrator token.
    expect(await status({ app: 'local', other: 'local' }, 'local')).toBe(200);
  });

  it('requests that arrived before closing are answered', async () => {
    await using folder = await temporaryFolder();
    const server = await openServer(folder.path);
    const slow = server.rows('SELECT sum(sleepEachRow(0.1)) AS s FROM numbers(5)');
    await server.rows('SELECT 1');
    await server.local.close();
    expect(await slow).toEqual([{ s: 0 }]);
    await expect(server.send('/health')).rejects.toThrow('fetch failed');
  });

  it('requests count as use, except those of the health route', async () => {
    await using folder = await temporaryFolder();
    await using server = await openServer(folder.path);
    const before = server.local.lastRequestAt;
    await until('the clock moves on', () => Date.now() > before);
    await server.send('/health');
    expect(server.local.lastRequestAt).toBe(before);
    await server.rows('SELECT 1');
    expect(server.local.lastRequestAt).toBeGreaterThan(before);
  });
});
