import { mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readInbox, removeFromInbox, type InboxEntry } from './inbox.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atel-inbox-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A payload that was captured at that second. */
async function capture(name: string, second: number, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  await utimes(join(folder, name), second, second);
}

const payload = (event: string) => JSON.stringify({ hook_event_name: event });

async function batches(most?: number): Promise<InboxEntry[][]> {
  const found: InboxEntry[][] = [];
  for await (const batch of readInbox(folder, most)) found.push(batch);
  return found;
}
const entries = async () => (await batches()).flat();
const names = async () => (await entries()).map(({ name }) => name);

describe('readInbox', () => {
  it('payloads are read with the time of their capture', async () => {
    await capture('100-0.json', 1_700_000_000, '{"hook_event_name":"Stop","session_id":"s1"}');
    const [entry, ...others] = await entries();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      name: '100-0.json',
      event: { payload: { hook_event_name: 'Stop', session_id: 's1' }, at: 1_700_000_000_000 },
    });
  });

  it('payloads are read in the order in which they came, not in the order of their names', async () => {
    await capture('300-0.json', 10, payload('first'));
    await capture('100-0.json', 30, payload('third'));
    await capture('200-0.json', 20, payload('second'));
    await expect(names()).resolves.toEqual(['300-0.json', '200-0.json', '100-0.json']);
  });

  it('a batch has no more payloads than the limit; the oldest come first', async () => {
    await capture('1-0.json', 30, payload('c'));
    await capture('2-0.json', 10, payload('a'));
    await capture('3-0.json', 20, payload('b'));
    expect((await batches(2)).map((batch) => batch.map(({ name }) => name))).toEqual([
      ['2-0.json', '3-0.json'],
      ['1-0.json'],
    ]);
  });

  it('a batch has no more than 16 MB of payloads, or one payload', async () => {
    const large = (megabytes: number) => JSON.stringify({ filler: 'x'.repeat(megabytes * 1024 ** 2) });
    for (const [n, megabytes] of [7, 7, 7, 20, 1].entries())
      await capture(`${n}-0.json`, 10 * n, large(megabytes));
    expect((await batches()).map((batch) => batch.map(({ name }) => name))).toEqual([
      ['0-0.json', '1-0.json'],
      ['2-0.json'],
      ['3-0.json'],
      ['4-0.json'],
    ]);
  });

  it('identical payloads have different ids, which are the same at every reading', async () => {
    await capture('1-0.json', 10, payload('SessionStart'));
    await capture('2-0.json', 10, payload('SessionStart'));
    await capture('3-0.json', 11, payload('SessionStart'));
    const ids = async () => (await entries()).map(({ event }) => event?.captureId);
    const first = await ids();
    expect(new Set(first).size).toBe(3);
    expect(first).not.toContain(undefined);
    expect(await ids()).toEqual(first);
  });

  it('a file name that is used again later gets another id', async () => {
    await capture('1-0.json', 10, payload('SessionStart'));
    const [before] = await entries();
    await capture('1-0.json', 20, payload('SessionStart'));
    const [after] = await entries();
    expect(after?.event?.captureId).not.toBe(before?.event?.captureId);
  });

  it.each([
    ['not JSON', Buffer.from('not json')],
    ['half of a payload', Buffer.from('{"hook_event_name":"St')],
    ['a list', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['not UTF-8', Buffer.from('{"hook_event_name":"St\xf4p"}', 'latin1')],
    ['followed by zeros', Buffer.from('{"hook_event_name":"Stop"}\0\0')],
    ['empty', Buffer.of()],
  ])('a payload that is %s is reported as no event', async (_, bytes) => {
    await writeFile(join(folder, '1-0.json'), bytes);
    await utimes(join(folder, '1-0.json'), 10, 10);
    await capture('2-0.json', 20, payload('Stop'));
    const [bad, good] = await entries();
    expect(bad).toEqual({ name: '1-0.json', event: null });
    expect(good?.event?.payload).toEqual({ hook_event_name: 'Stop' });
  });

  it('a payload that is too large is reported as no event without being read', async () => {
    await capture('1-0.json', 10, '{');
    await truncate(join(folder, '1-0.json'), 65 * 1024 ** 2);
    await utimes(join(folder, '1-0.json'), 10, 10);
    await capture('2-0.json', 20, payload('Stop'));
    const [large, good] = await entries();
    expect(large).toEqual({ name: '1-0.json', event: null });
    expect(good?.event?.payload).toEqual({ hook_event_name: 'Stop' });
  });

  it('whatever is not a file is ignored', async () => {
    await mkdir(join(folder, '1-0.json'));
    await capture('2-0.json', 20, payload('Stop'));
    await expect(names()).resolves.toEqual(['2-0.json']);
  });

  it('a payload that is still being written is ignored', async () => {
    await capture('.1-0', 10, payload('a'));
    await capture('.1-0.json', 10, payload('a'));
    await capture('2-0.txt', 10, payload('a'));
    await expect(batches()).resolves.toEqual([]);
  });

  it('a file that was removed before its turn is ignored', async () => {
    await capture('1-0.json', 10, payload('a'));
    // A name in the folder's listing without a file, as after another drain.
    await symlink(join(folder, 'gone'), join(folder, '2-0.json'));
    await capture('3-0.json', 30, payload('c'));
    await expect(names()).resolves.toEqual(['1-0.json', '3-0.json']);
  });

  it('the inbox is empty if the folder does not exist', async () => {
    await rm(folder, { recursive: true });
    await expect(batches()).resolves.toEqual([]);
  });
});

describe('removeFromInbox', () => {
  it('the files that were read are removed, and no newer ones', async () => {
    await capture('1-0.json', 10, payload('a'));
    await capture('2-0.json', 20, 'not json');
    const read = await names();
    await capture('3-0.json', 30, payload('c'));
    removeFromInbox(folder, read);
    await expect(readdir(folder)).resolves.toEqual(['3-0.json']);
    // Another drain may have removed them.
    removeFromInbox(folder, read);
    await expect(stat(join(folder, '3-0.json'))).resolves.toBeDefined();
  });
});
