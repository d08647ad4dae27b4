import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homePaths, type HomePaths } from '../base/home.js';
import { Spool } from '../spool/spool.js';
import { spooledRows } from '../../tests/integration/helpers/collector.js';
import { tempFolder } from '../../tests/helpers/temp.js';
import { forgetOld, setAside } from './aside.js';
import { collect } from './collect.js';
import { seal } from './emitted-line.js';
import { appendEmitted } from './emitted.js';
import { allDamage } from './waiting.js';

/**
 * What disks and power cuts do to a file that was acknowledged. Each fault costs only what it touches, and is counted.
 */
const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
const ZEROS = Buffer.alloc(16);

const flipped = (bytes: Buffer, at: number, bit = at % 8) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
};
const cut = (bytes: Buffer, at: number) => bytes.subarray(0, at);
const withZeros = (bytes: Buffer, at: number) =>
  Buffer.concat([bytes.subarray(0, at), ZEROS, bytes.subarray(at)]);
const zeroed = (bytes: Buffer, at: number) =>
  Buffer.concat([bytes.subarray(0, at), ZEROS, bytes.subarray(at + ZEROS.length)]).subarray(0, bytes.length);

const take = (paths: HomePaths) => collect(paths, new Spool(paths.spool), recorder);
const damagedRows = async (paths: HomePaths) =>
  (await allDamage(paths)).all.reduce((sum, { rows }) => sum + rows, 0);

describe('a damaged hook payload', () => {
  const payload = (n: number) =>
    Buffer.from(JSON.stringify({ hook_event_name: 'Notification', session_id: `s-${n}`, message: 'naïve' }));

  async function afterDamage(damage: (bytes: Buffer) => Buffer) {
    const paths = homePaths(tempFolder());
    mkdirSync(paths.inbox, { recursive: true });
    for (let n = 0; n < 3; n += 1)
      writeFileSync(join(paths.inbox, `${n}.json`), n === 1 ? damage(payload(n)) : payload(n));
    const done = await take(paths);
    expect(readdirSync(paths.inbox).filter((name) => name !== 'damaged')).toEqual([]);
    expect(await damagedRows(paths)).toBe(done.unreadable);
    expect(done.events + done.unreadable).toBe(3);
    const again = await take(paths);
    expect([again.events, again.unreadable]).toEqual([0, 0]);
    return done;
  }

  const places = [...payload(1).keys()].filter((at) => at % 7 === 0);

  it.each<[string, (bytes: Buffer, at: number) => Buffer]>([
    ['cut short, or empty', cut],
    ['with zeros in it', withZeros],
    ['overwritten with zeros', zeroed],
  ])('a payload (%s) is the only loss, is counted and kept aside', async (_, damage) => {
    for (const at of places) {
      const done = await afterDamage((bytes) => damage(bytes, at));
      expect([at, done.events, done.unreadable]).toEqual([at, 2, 1]);
    }
  });

  it('a flipped bit costs at most that payload', async () => {
    for (const at of places)
      expect((await afterDamage((bytes) => flipped(bytes, at))).events).toBeGreaterThan(1);
    // The highest bit of a letter makes the file invalid UTF-8.
    expect((await afterDamage((bytes) => flipped(bytes, 5, 7))).events).toBe(2);
  });

  it('a damaged payload is kept unchanged, readable for its owner only, for a week', async () => {
    const { inbox } = homePaths(tempFolder());
    mkdirSync(inbox, { recursive: true });
    const torn = payload(1).subarray(0, 30);
    for (const [name, days] of [
      ['7-0.json', 8],
      ['8-0.json', 6],
    ] as const) {
      writeFileSync(join(inbox, name), torn, { mode: 0o600 });
      const at = new Date(Date.now() - days * 24 * 3600_000);
      utimesSync(join(inbox, name), at, at);
      await setAside(inbox, name);
    }
    await forgetOld(inbox, Date.now());
    const kept = readdirSync(join(inbox, 'damaged'));
    expect(kept).toEqual([expect.stringMatching(/^8-0-\d+\.json$/)]);
    expect(readFileSync(join(inbox, 'damaged', kept[0] ?? ''))).toEqual(torn);
    expect(statSync(join(inbox, 'damaged')).mode & 0o777).toBe(0o700);
  });

  it('a payload of more than 64 MB is counted and removed', async () => {
    const paths = homePaths(tempFolder());
    mkdirSync(paths.inbox, { recursive: true });
    writeFileSync(join(paths.inbox, '1.json'), payload(1));
    writeFileSync(join(paths.inbox, '2.json'), '{');
    truncateSync(join(paths.inbox, '2.json'), 64 * 1024 ** 2 + 1);
    const { events, unreadable, problems } = await take(paths);
    expect([events, unreadable, problems]).toEqual([
      1,
      1,
      ['2.json was skipped: it is not complete JSON, or larger than 64 MB'],
    ]);
    expect(readdirSync(paths.inbox)).toEqual([]);
  });
});

describe('damage to emitted events', () => {
  const COUNT = 6;
  const json = (n: number) =>
    JSON.stringify({ event_id: `id-${n}`, event: 'custom', task_id: `task-${n}`, n: 1000 + n });
  const whole = Buffer.from(Array.from({ length: COUNT }, (_, n) => `${seal(json(n))}\n`).join(''));

  /** What arrives of a damaged file: the events, in order, and the number that were counted as damaged. */
  async function arrives(bytes: Buffer): Promise<{ tasks: string[]; damaged: number }> {
    const paths = homePaths(tempFolder());
    mkdirSync(paths.emitted, { recursive: true });
    writeFileSync(join(paths.emitted, 'events.ndjson'), bytes);
    const done = await take(paths);
    expect(await damagedRows(paths)).toBe(done.damaged);
    expect(readdirSync(paths.emitted).filter((name) => name !== 'damaged')).toEqual([]);
    const rows = (await spooledRows(paths.home)).map(({ row }) => row);
    // No altered event passes as a valid one: the two values of each event belong together.
    for (const row of rows)
      expect(JSON.parse(String(row.payload))).toMatchObject({
        n: 1000 + Number(String(row.task_id).replace('task-', '')),
      });
    return { tasks: rows.map(({ task_id: task }) => String(task)), damaged: done.damaged };
  }

  it('an undamaged event arrives as it was written', async () => {
    const { emitted } = homePaths(tempFolder());
    for (let n = 0; n < COUNT; n += 1) appendEmitted(emitted, json(n));
    expect(readFileSync(join(emitted, 'events.ndjson'))).toEqual(whole);
    expect(await arrives(whole)).toEqual({
      tasks: ['task-0', 'task-1', 'task-2', 'task-3', 'task-4', 'task-5'],
      damaged: 0,
    });
  });

  it('a flipped bit costs at most that event, and the loss is counted', async () => {
    for (let at = 0; at < whole.length; at += 17)
      for (const bit of [0, 3, 7]) {
        const { tasks, damaged } = await arrives(flipped(whole, at, bit));
        const told = `bit ${bit} of byte ${at}: ${tasks.join()} and ${damaged}`;
        expect(tasks.length, told).toBeGreaterThanOrEqual(COUNT - 1);
        expect(tasks.length + damaged, told).toBeGreaterThanOrEqual(COUNT);
      }
  });

  it('an event arrives if the file was cut right after it, and an incomplete one is counted', async () => {
    for (let at = 0; at < whole.length; at += 19) {
      const before = whole.subarray(0, at).toString();
      const lines = before.split('\n').length - 1;
      const rest = before.slice(before.lastIndexOf('\n') + 1);
      // Complete, except for the line break.
      const isWhole = rest.endsWith('"}');
      const { tasks, damaged } = await arrives(cut(whole, at));
      expect([at, tasks.length, damaged]).toEqual([
        at,
        lines + (isWhole ? 1 : 0),
        rest === '' || isWhole ? 0 : 1,
      ]);
    }
  });

  it.each([
    ['inserted', withZeros],
    ['written over it', zeroed],
  ])('zeros %s cost only the events that they touch, and the loss is counted', async (_, damage) => {
    for (let at = 0; at < whole.length; at += 13) {
      const { tasks, damaged } = await arrives(damage(whole, at));
      expect(tasks.length, `at ${at}`).toBeGreaterThanOrEqual(COUNT - 2);
      // Of two events that became one piece, no trace of the second may be left.
      expect(tasks.length + damaged, `at ${at}`).toBeGreaterThanOrEqual(COUNT - 1);
      if (tasks.length < COUNT) expect(damaged, `at ${at}`).toBeGreaterThan(0);
    }
  });

  it('damage of many megabytes without a line feed is kept in reports of a few megabytes each', async () => {
    const around = [
      Buffer.from(seal(json(0))),
      Buffer.alloc(9 * 1024 ** 2),
      Buffer.from(`${seal(json(1))}\n`),
    ];
    expect(await arrives(Buffer.concat(around))).toEqual({ tasks: ['task-0', 'task-1'], damaged: 1 });
  });

  it('an event after a line of many events without line feeds arrives, and so do those of the line', async () => {
    // 5 MB: 50,000 events of about 100 bytes, with the same checksum in each and no line feed between them.
    const many = Array.from({ length: 50_000 }, () => seal(json(0))).join('');
    const { tasks, damaged } = await arrives(Buffer.from(`${many}\n${seal(json(1))}\n`));
    expect([tasks.length, tasks.at(-1), damaged]).toEqual([50_001, 'task-1', 0]);
  }, 180_000);

  it('events of an earlier version, without a checksum, are read, also after an incomplete event and next to ours', async () => {
    const text = `${json(6)}\n{"event_id":"torn","eve${json(7)}\n`;
    const { tasks, damaged } = await arrives(Buffer.concat([Buffer.from(text), whole]));
    expect(tasks.slice(0, 2)).toEqual(['task-6', 'task-7']);
    expect([tasks.length, damaged]).toEqual([COUNT + 2, 1]);
  });
});
