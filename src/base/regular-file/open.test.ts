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

describe.each(['fifo', 'link-to-fifo', 'folder', 'socket', '/dev/zero'])('%s', (name) => {
  const path = name.startsWith('/') ? name : at(name);

  it('is opened by nobody, and no one waits for it', async () => {
    for (const open of [openRegular, openToAppend, readRegular])
      expect(() => open(path)).toThrow(NotReadable);
    for (const open of [openRegularHandle, readRegularFile])
      await expect(open(path)).rejects.toThrow(`${path} is not a regular file`);
    expect(textOrEmpty(path)).toBe('');
  });
});

describe('a regular file', () => {
  it('is read, also by a link', async () => {
    for (const name of ['file', 'link']) {
      expect(readRegular(at(name))).toBe('text');
      await expect(readRegularFile(at(name))).resolves.toBe('text');
    }
  });

  it.runIf(existsSync('/proc/self/status'))('is read whole where it does not tell its size', () => {
    expect(readRegular('/proc/self/status')).toMatch(/^Name:[^]*\n$/);
  });

  it('that is not there is told by its code', () => {
    expect(() => openRegular(at('none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('is made by who appends, for its owner alone', () => {
    closeSync(openToAppend(at('new')));
    expect(readRegular(at('new'))).toBe('');
  });

  it('is refused where it is larger than any such file', async () => {
    writeFileSync(at('huge'), '');
    truncateSync(at('huge'), 2 ** 40);
    expect(() => readRegular(at('huge'))).toThrow('is larger than');
    await expect(readRegularFile(at('huge'))).rejects.toThrow('is larger than');
  });
});
