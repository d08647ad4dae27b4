import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { redacted, type RedactedRow } from '../signals/privacy/redacted-row.js';
import { describeFile } from './names.js';
import { Spool, type SpooledRow } from './spool.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atel-spool-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const row = (id: string | number, table = 'telemetry_events'): RedactedRow<SpooledRow> =>
  redacted({ table, row: { event_id: String(id) } });
const segmentsFolder = () => join(folder, 'segments');

/** Every row that waits, oldest first, as a fresh process would read it. */
async function waitingRows(): Promise<SpooledRow[]> {
  const spool = new Spool(folder);
  const rows: SpooledRow[] = [];
  for (const name of await spool.waiting()) rows.push(...(await spool.read(name)).rows);
  return rows;
}

describe('what was appended', () => {
  it('is there for another process, in order, with every value', async () => {
    const odd = redacted({
      table: 'telemetry_events',
      row: { event_id: 'e', text: 'line\nbreak "quoted" ünïcödé 🙂', none: null },
    });
    await new Spool(folder).append([row(1), odd, row(3)]);
    await expect(waitingRows()).resolves.toEqual([row(1), odd, row(3)]);
  });

  it('keeps its order over many segments, even within one millisecond', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
    const spool = new Spool(folder);
    for (let id = 0; id < 50; id += 1) await spool.append([row(id)]);
    expect((await waitingRows()).map(({ row }) => row.event_id)).toEqual(
      Array.from({ length: 50 }, (_, id) => String(id)),
    );
  });

  it('loses nothing to many writers at once', async () => {
    const writers = Array.from({ length: 8 }, () => new Spool(folder));
    await Promise.all(
      writers.flatMap((spool, writer) =>
        Array.from({ length: 10 }, (_, n) =>
          spool.append([row(`${writer}-${n}-a`), row(`${writer}-${n}-b`)]),
        ),
      ),
    );
    const ids = (await waitingRows()).map(({ row }) => row.event_id);
    // 8 writers × 10 segments × 2 rows
    expect(ids).toHaveLength(160);
    expect(new Set(ids).size).toBe(160);
  });

  it('is for its owner alone', async () => {
    const spool = new Spool(folder);
    await spool.append([row(1)]);
    await spool.bury(row(2), 'bad');
    const [name] = await spool.waiting();
    expect((await stat(segmentsFolder())).mode & 0o777).toBe(0o700);
    expect((await stat(join(segmentsFolder(), name!))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'dead-letters'))).mode & 0o777).toBe(0o700);
  });

  it('leaves no temporary file behind', async () => {
    await new Spool(folder).append([row(1)]);
    expect((await readdir(segmentsFolder())).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is nothing where there were no rows', async () => {
    const spool = new Spool(folder);
    await spool.append([]);
    await expect(spool.waiting()).resolves.toEqual([]);
  });

  it('stays when another segment is removed, and removing twice is no error', async () => {
    const spool = new Spool(folder);
    await spool.append([row(1)]);
    await spool.append([row(2)]);
    const [first] = await spool.waiting();
    await spool.remove(first!);
    await spool.remove(first!);
    await expect(waitingRows()).resolves.toEqual([row(2)]);
  });
});

describe('what a crash leaves', () => {
  it('is no segment while it has its temporary name', async () => {
    const spool = new Spool(folder);
    await spool.append([row(1)]);
    await writeFile(join(segmentsFolder(), '.0123456789ab.tmp'), '{"table":"telemetry_events","row":{"event');
    await writeFile(join(segmentsFolder(), '.hidden.ndjson'), JSON.stringify(row(9)));
    expect(await spool.waiting()).toHaveLength(1);
    await expect(waitingRows()).resolves.toEqual([row(1)]);
    await expect(spool.state()).resolves.toMatchObject({ segments: 1 });
  });

  it.each([
    ['a torn line', '{"table":"telemetry_events","row":{"event_id":"2'],
    ['a block of zeros', '\0'.repeat(512)],
    ['JSON that is no row', '{"table":"telemetry_events"}'],
    ['a row that is null', '{"table":"telemetry_events","row":null}'],
    ['a row that is a list', '{"table":"telemetry_events","row":[]}'],
    ['no object', 'null'],
  ])(
    'of an earlier version is kept aside where a line is %s, and the rows around it are read',
    async (_, line) => {
      const spool = new Spool(folder);
      await mkdir(segmentsFolder(), { recursive: true });
      const name = '00001700000000000-aa.ndjson';
      await writeFile(
        join(segmentsFolder(), name),
        `${JSON.stringify(row(1))}\n${line}\n${JSON.stringify(row(3))}\n`,
      );
      await expect(spool.waiting()).resolves.toEqual([name]);
      await expect(spool.read(name)).resolves.toEqual({ name, rows: [row(1), row(3)] });
      await expect(spool.damage()).resolves.toMatchObject([
        { segment: name, rows: 1, reason: 'damaged on disk' },
      ]);
      const kept = JSON.parse(await readFile(join(folder, 'damaged', `${name}.json`), 'utf8')) as unknown;
      expect(kept).toMatchObject({ pieces: [line] });
    },
  );

  it('is not a fresh write: what cannot be put in place leaves no half', async () => {
    await mkdir(segmentsFolder(), { recursive: true });
    // A folder stands where the dead letter would go, so that the rename fails.
    const spool = new Spool(folder);
    await spool.bury(row(1), 'bad');
    const dead = join(folder, 'dead-letters');
    const [name] = await readdir(dead);
    await rm(join(dead, name!));
    await mkdir(join(dead, name!, 'in-the-way'), { recursive: true });
    await expect(spool.bury(row(1), 'bad')).rejects.toThrow();
    expect(await readdir(dead)).toEqual([name]);
  });
});

describe('at the size cap', () => {
  // 01234567 51 {"table":"telemetry_events","row":{"event_id":"0"}} and a line break
  const ROW_BYTES = 64;

  it('the oldest segments go, and their rows are counted', async () => {
    const spool = new Spool(folder, 3 * ROW_BYTES);
    await spool.append([row(0), row(1)]);
    await spool.append([row(2)]);
    await expect(spool.state()).resolves.toEqual({
      segments: 2,
      bytes: 3 * ROW_BYTES,
      deadLetters: 0,
      dropped: 0,
      damaged: 0,
      redacted: {},
    });
    await spool.append([row(3)]);
    await expect(waitingRows()).resolves.toEqual([row(2), row(3)]);
    await expect(spool.state()).resolves.toEqual({
      segments: 2,
      bytes: 2 * ROW_BYTES,
      deadLetters: 0,
      dropped: 2,
      damaged: 0,
      redacted: {},
    });
    await spool.append([row(4)]);
    await spool.append([row(5)]);
    await expect(waitingRows()).resolves.toEqual([row(3), row(4), row(5)]);
    await expect(new Spool(folder).state()).resolves.toMatchObject({ dropped: 3, redacted: {} });
  });

  it('what was appended last stays, however large', async () => {
    const spool = new Spool(folder, 10);
    await spool.append([row(0)]);
    await spool.append([row(1), row(2)]);
    await expect(waitingRows()).resolves.toEqual([row(1), row(2)]);
    await expect(spool.state()).resolves.toMatchObject({ dropped: 1, redacted: {} });
  });

  it('what many writers drop at once is neither lost from the count nor counted twice', async () => {
    const writers = Array.from({ length: 6 }, () => new Spool(folder, 4 * ROW_BYTES));
    await Promise.all(
      writers.flatMap((spool) => Array.from({ length: 5 }, (_, n) => spool.append([row(n)]))),
    );
    const { dropped } = await new Spool(folder).state();
    expect(dropped + (await waitingRows()).length).toBe(30);
  });

  it('a torn last line of the count does not spoil the rest of it', async () => {
    const spool = new Spool(folder, 10);
    await spool.append([row(0)]);
    await spool.append([row(1)]);
    const log = join(folder, 'dropped.log');
    await writeFile(log, `${await readFile(log, 'utf8')}000017000`);
    await expect(spool.state()).resolves.toMatchObject({ dropped: 1, redacted: {} });
  });
});

describe('dead letters', () => {
  it('say what was refused, why and when', async () => {
    const spool = new Spool(folder);
    const before = Date.now();
    await spool.bury(row(1), 'no such column');
    const [letter, ...others] = await spool.deadLetters();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ ...row(1), reason: 'no such column' });
    expect(Date.parse(letter!.at)).toBeGreaterThanOrEqual(before);
  });

  it('are one a row, however often it is refused; the last reason counts', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1), 'first');
    await spool.bury(row(2), 'other');
    await spool.bury(row(1), 'second');
    const letters = await spool.deadLetters();
    expect(letters.map(({ row, reason }) => [row.event_id, reason]).sort()).toEqual([
      ['1', 'second'],
      ['2', 'other'],
    ]);
    await expect(spool.state()).resolves.toMatchObject({ deadLetters: 2, segments: 0 });
  });

  it('are two where one row was meant for two tables', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1, 'api_requests'), 'bad');
    await spool.bury(row(1, 'telemetry_events'), 'bad');
    expect(await spool.deadLetters()).toHaveLength(2);
  });

  it('go back on the road at a replay, without their reason', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1), 'bad');
    await spool.bury(row(2, 'api_requests'), 'bad');
    await expect(spool.replayDeadLetters()).resolves.toBe(2);
    const rows = await waitingRows();
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(expect.arrayContaining([row(1), row(2, 'api_requests')]));
    await expect(spool.deadLetters()).resolves.toEqual([]);
    await expect(spool.replayDeadLetters()).resolves.toBe(0);
    expect(await waitingRows()).toHaveLength(2);
  });

  it('that are no rows stay at a replay: there is nowhere to send them', async () => {
    const spool = new Spool(folder);
    await spool.bury({ table: '', row: { line: 'torn' } }, 'unreadable line in the spool');
    await spool.bury(row(1), 'bad');
    await expect(spool.replayDeadLetters()).resolves.toBe(1);
    await expect(spool.deadLetters()).resolves.toMatchObject([{ table: '', row: { line: 'torn' } }]);
  });

  it('that were damaged on disk are shown, and never sent', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1), 'bad');
    const dead = join(folder, 'dead-letters');
    const [name] = await readdir(dead);
    const text = await readFile(join(dead, name!), 'utf8');
    await writeFile(join(dead, name!), text.replace('"event_id":"1"', '"event_id":"3"'));
    await expect(spool.deadLetters()).resolves.toMatchObject([
      { table: '', rows: 1, reason: 'damaged dead letter' },
    ]);
    await expect(spool.replayDeadLetters()).resolves.toBe(0);
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 1 });
  });

  it('that are torn themselves are shown, and hold up no other', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1), 'bad');
    await writeFile(join(folder, 'dead-letters', 'torn.json'), '{"table":"tele');
    const letters = await spool.deadLetters();
    expect(letters.map(({ reason }) => reason).sort()).toEqual(['bad', 'unreadable dead letter']);
    await expect(spool.replayDeadLetters()).resolves.toBe(1);
    await expect(spool.deadLetters()).resolves.toMatchObject([
      { table: '', row: { line: '{"table":"tele' } },
    ]);
  });
});

describe('a file of rows', () => {
  const bytes = Buffer.from([0x50, 0x41, 0x52, 0x31, 0x00, 0xff, 0x0a, 0x0a]);

  it("is there for another process as it was written, its owner's alone, and says its table and rows", async () => {
    const name = await new Spool(folder).putFile('api_requests', bytes, 1_234);
    const other = new Spool(folder);
    await expect(other.waiting()).resolves.toEqual([name]);
    expect(describeFile(name)).toMatchObject({ table: 'api_requests', rows: 1_234 });
    await expect(other.readFile(name)).resolves.toEqual(bytes);
    expect((await stat(join(segmentsFolder(), name))).mode & 0o777).toBe(0o600);
    await expect(other.state()).resolves.toMatchObject({ segments: 1, bytes: 8 });
    await other.remove(name);
    await expect(other.waiting()).resolves.toEqual([]);
  });

  it('keeps its turn among segments of rows, which are no files', async () => {
    const spool = new Spool(folder);
    await spool.append([row(0)]);
    const name = await spool.putFile('api_requests', bytes, 1);
    await spool.append([row(2)]);
    const waiting = await spool.waiting();
    expect(waiting.indexOf(name)).toBe(1);
    expect(waiting.map((one) => describeFile(one)?.table)).toEqual([undefined, 'api_requests', undefined]);
  });

  it('that is dropped at the size cap counts its rows', async () => {
    const spool = new Spool(folder, 10);
    await spool.putFile('api_requests', bytes, 700);
    await spool.putFile('api_requests', bytes, 80);
    await expect(spool.state()).resolves.toMatchObject({
      segments: 1,
      bytes: 8,
      deadLetters: 0,
      dropped: 700,
    });
  });

  it('is set aside with its reason and replayed as it was, beside rows', async () => {
    const spool = new Spool(folder);
    const name = await spool.putFile('api_requests', bytes, 30);
    await spool.bury(row(1), 'bad row');
    await spool.buryFile(name, 'bad file', 30);
    await expect(spool.waiting()).resolves.toEqual([]);
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 31 });
    const letters = await spool.deadLetters();
    expect(letters.map(({ table, rows, reason }) => [table, rows, reason])).toEqual(
      expect.arrayContaining([
        ['api_requests', 30, 'bad file'],
        ['telemetry_events', 1, 'bad row'],
      ]),
    );
    await expect(spool.replayDeadLetters()).resolves.toBe(31);
    expect(await spool.waiting()).toHaveLength(2);
    await expect(spool.readFile(name)).resolves.toEqual(bytes);
    await expect(spool.state()).resolves.toMatchObject({ deadLetters: 0 });
  });

  it('survives a crash in the middle of being set aside, or of being replayed', async () => {
    const spool = new Spool(folder);
    const name = await spool.putFile('api_requests', bytes, 30);
    await spool.buryFile(name, 'bad file', 30);
    // The file was moved and its letter is still there, as after a crash at either moment.
    await rename(join(folder, 'dead-letters', name), join(segmentsFolder(), name));
    await expect(spool.replayDeadLetters()).resolves.toBe(30);
    await expect(spool.waiting()).resolves.toEqual([name]);
    await expect(spool.deadLetters()).resolves.toEqual([]);
  });
});

describe('an empty spool', () => {
  it('has no folder and nothing to tell', async () => {
    const spool = new Spool(join(folder, 'not', 'there'));
    await expect(spool.waiting()).resolves.toEqual([]);
    await expect(spool.deadLetters()).resolves.toEqual([]);
    await expect(spool.state()).resolves.toEqual({
      segments: 0,
      bytes: 0,
      deadLetters: 0,
      dropped: 0,
      damaged: 0,
      redacted: {},
    });
  });

  it('does not take a segment that cannot be read for an empty one', async () => {
    await mkdir(join(segmentsFolder(), '00001700000000000-aa.ndjson'), { recursive: true });
    await expect(new Spool(folder).read('00001700000000000-aa.ndjson')).rejects.toMatchObject({
      code: 'EISDIR',
    });
  });
});

it('counts what lies among the segments and is none, and neither reads nor sends it', async () => {
  const spool = new Spool(folder);
  await spool.append([row(1), row(2), row(3)]);
  const [name = ''] = await spool.waiting();
  const segments = join(folder, 'segments');
  await rename(join(segments, name), join(segments, name.replace('.rows', '.rowt')));
  await mkdir(join(segments, '00001700000000000-aa.7.rows'));
  execFileSync('mkfifo', [join(segments, '00001700000000001-bb.telemetry_events.2.rows')]);
  await expect(spool.waiting()).resolves.toEqual([]);
  const damage = (await spool.damage()).map(({ segment, rows }) => [segment.split('.').at(-1), rows]);
  expect(damage.sort()).toEqual([
    ['rows', 2],
    ['rows', 7],
    ['rowt', 3],
  ]);
  await expect(spool.state()).resolves.toMatchObject({ segments: 0, damaged: 12 });
});
