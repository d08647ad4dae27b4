import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegularHandle, readRegularFile } from './handle.js';
import { NotReadable, openRegular, openToAppend, readRegular, textOrEmpty } from './open.js';

const folder = mkdtempSync(join(tmpdir(), 'atel-regular-'));
const at = (name: string) => join(folder, name);
const server = createServer();

beforeAll(async () => {
  execFileSync('mkfifo', [at('fifo')]);
  mkdirSync(at('folder'));
  symlinkSync(at('fifo'), at('link-to-fifo'));
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
  writeFileSync(at('file'), 'text');
  symlinkSync(at('file'), at('link'));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(['fifo', 'link-to-fifo', 'folder', 'socket', '/dev/zero'])('%s instead of a file', (name) => {
  const path = name.startsWith('/') ? name : at(name);

  it('every function that opens a file refuses it without blocking', async () => {
    for (const open of [openRegular, openToAppend, readRegular])
      expect(() => open(path)).toThrow(NotReadable);
    for (const open of [openRegularHandle, readRegularFile])
      await expect(open(path)).rejects.toThrow(`${path} is not a regular file`);
    expect(textOrEmpty(path)).toBe('');
  });
});

describe('a regular file', () => {
  it('a regular file is read, also through a link', async () => {
    for (const name of ['file', 'link']) {
      expect(readRegular(at(name))).toBe('text');
      await expect(readRegularFile(at(name))).resolves.toBe('text');
    }
  });

  it.runIf(existsSync('/proc/self/status'))('a regular file that reports no size is read whole', () => {
    expect(readRegular('/proc/self/status')).toMatch(/^Name:[^]*\n$/);
  });

  it('a missing file is reported by its error code', () => {
    expect(() => openRegular(at('none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('a file opened for appending is made readable by the owner only', () => {
    closeSync(openToAppend(at('new')));
    expect(readRegular(at('new'))).toBe('');
  });

  it('a regular file above the size limit is refused', async () => {
    writeFileSync(at('huge'), '');
    truncateSync(at('huge'), 2 ** 40);
    expect(() => readRegular(at('huge'))).toThrow('is larger than');
    await expect(readRegularFile(at('huge'))).rejects.toThrow('is larger than');
  });
});
