import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homePaths, type HomePaths } from '../base/home.js';
import { redacted } from '../signals/privacy/redacted-row.js';
import { Spool } from '../spool/spool.js';
import { countWaiting, hasAnything, hasUnread } from './waiting.js';

let paths: HomePaths;
beforeEach(() => (paths = homePaths(mkdtempSync(join(tmpdir(), 'atel-waiting-')))));
afterEach(() => rmSync(paths.home, { recursive: true }));

function put(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}

describe('waiting events and batches', () => {
  it('nothing waits if the folder does not exist yet', async () => {
    const nothing = {
      events: 0,
      segments: 0,
      bytes: 0,
      deadLetters: 0,
      dropped: 0,
      damaged: 0,
      redacted: {},
    };
    expect(await countWaiting(paths)).toEqual(nothing);
    expect([await hasUnread(paths), await hasAnything(paths)]).toEqual([false, false]);
  });

  it('hook payloads, emitted events, taken or not, and batches are counted as waiting', async () => {
    put(paths.inbox, '1-0.json', '{}');
    put(paths.inbox, '.2-0', 'being written');
    // Two complete events, and one that a full disk cut off.
    put(paths.emitted, 'events.ndjson', '{"event_id":"a"}\n{"event_id":"b\n\n{"event_id":"c"}\n');
    put(paths.emitted, '00000000000001-ab.taken', '{"event_id":"d"}\n{"event_id":"e"}');
    put(paths.emitted, 'other', 'x\n');
    await new Spool(paths.spool).append([redacted({ table: 'telemetry_events', row: { a: 1 } })]);
    expect(await countWaiting(paths)).toMatchObject({ events: 6, segments: 1 });
    expect([await hasUnread(paths), await hasAnything(paths)]).toEqual([true, true]);
  });

  it.each([
    ['payloads', () => put(paths.inbox, '1-0.json', '{}'), true],
    ['emitted events', () => put(paths.emitted, 'events.ndjson', '{}\n'), true],
    ['batches', () => put(join(paths.spool, 'segments'), '1.ndjson', '{}\n'), false],
  ])('something waits if there are only %s', async (_, make, isUnread) => {
    make();
    expect([await hasUnread(paths), await hasAnything(paths)]).toEqual([isUnread, true]);
  });
});
