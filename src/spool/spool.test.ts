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

/** Every waiting row, oldest first, as a new process would read it. */
async function waitingRows(): Promise<SpooledRow[]> {
  const spool = new Spool(folder);
  const rows: SpooledRow[] = [];
  for (const name of await spool.waiting()) rows.push(...(await spool.read(name)).rows);
  return rows;
}

describe('appended rows', () => {
  it('appended rows are there for another process, in order, with every value', async () => {
    const odd = redacted({
      table: 'telemetry_events',
      row: { event_id: 'e', text: 'line\nbreak "quoted" ünïcödé 🙂', none: null },
    });
    await new Spool(folder).append([row(1), odd, row(3)]);
    await expect(waitingRows()).resolves.toEqual([row(1), odd, row(3)]);
  });

  it('appended rows keep their order over many segments, even within one millisecond', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
    const spool = new Spool(folder);
    for (let id = 0; id < 50; id += 1) await spool.append([row(id)]);
    expect((await waitingRows()).map(({ row }) => row.event_id)).toEqual(
      Array.from({ length: 50 }, (_, id) => String(id)),
    );
  });

  it('many concurrent writers lose no row', async () => {
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

  it('the files of the spool are readable by the owner only', async () => {
    const spool = new Spool(folder);
    await spool.append([row(1)]);
    await spool.bury(row(2), 'bad');
    const [name] = await spool.waiting();
    expect((await stat(segmentsFolder())).mode & 0o777).toBe(0o700);
    expect((await stat(join(segmentsFolder(), name!))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'dead-letters'))).mode & 0o777).toBe(0o700);
  });

  it('appending leaves no temporary file', async () => {
    await new Spool(folder).append([row(1)]);
    expect((await readdir(segmentsFolder())).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('appending no rows makes no segment', async () => {
    const spool = new Spool(folder);
    await spool.append([]);
    await expect(spool.waiting()).resolves.toEqual([]);
  });

  it('removing a segment leaves the others, and removing it twice is no error', async () => {
    const spool = new Spool(folder);
    await spool.append([row(1)]);
    await spool.append([row(2)]);
    const [first] = await spool.waiting();
    await spool.remove(first!);
    await spool.remove(first!);
    await expect(waitingRows()).resolves.toEqual([row(2)]);
  });
});

describe('after a crash', () => {
  it('a file with a temporary name is not a segment', async () => {
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
    'a segment of an earlier version keeps aside a line that is %s, and its other rows are read',
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

  it('a failed write leaves no partial file', async () => {
    await mkdir(segmentsFolder(), { recursive: true });
    // A folder is in the place of the dead letter, so that the rename fails.
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

describe('at the age limit', () => {
  it('segments that were written before a moment are dropped and their rows counted', async () => {
    const spool = new Spool(folder);
    const now = vi.spyOn(Date, 'now').mockReturnValue(4_000_000_000_000);
    await spool.append([row(1), row(2)]);
    now.mockReturnValue(4_000_000_001_000);
    await spool.append([row(3)]);
    now.mockRestore();
    await spool.dropOlderThan(4_000_000_000_000);
    await expect(spool.state()).resolves.toMatchObject({ segments: 2, dropped: 0 });
    await spool.dropOlderThan(4_000_000_000_500);
    expect(await waitingRows()).toEqual([row(3)]);
    await expect(spool.state()).resolves.toMatchObject({ segments: 1, dropped: 2 });
  });
});

describe('at the size cap', () => {
  // 01234567 51 {"table":"telemetry_events","row":{"event_id":"0"}} and a line break
  const ROW_BYTES = 64;

  it('at the size cap the oldest segments are dropped and their rows counted', async () => {
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

  it('at the size cap the last segment stays, however large', async () => {
    const spool = new Spool(folder, 10);
    await spool.append([row(0)]);
    await spool.append([row(1), row(2)]);
    await expect(waitingRows()).resolves.toEqual([row(1), row(2)]);
    await expect(spool.state()).resolves.toMatchObject({ dropped: 1, redacted: {} });
  });

  it('rows that several writers drop at once are counted exactly once', async () => {
    const writers = Array.from({ length: 6 }, () => new Spool(folder, 4 * ROW_BYTES));
    await Promise.all(
      writers.flatMap((spool) => Array.from({ length: 5 }, (_, n) => spool.append([row(n)]))),
    );
    const { dropped } = await new Spool(folder).state();
    expect(dropped + (await waitingRows()).length).toBe(30);
  });

  it('an incomplete last line of the log of drops does not spoil the count', async () => {
    const spool = new Spool(folder, 10);
    await spool.append([row(0)]);
    await spool.append([row(1)]);
    const log = join(folder, 'dropped.log');
    await writeFile(log, `${await readFile(log, 'utf8')}000017000`);
    await expect(spool.state()).resolves.toMatchObject({ dropped: 1, redacted: {} });
  });
});

describe('dead letters', () => {
  it('a dead letter says what was refused, why and when', async () => {
    const spool = new Spool(folder);
    const before = Date.now();
    await spool.bury(row(1), 'no such column');
    const [letter, ...others] = await spool.deadLetters();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ ...row(1), reason: 'no such column' });
    expect(Date.parse(letter!.at)).toBeGreaterThanOrEqual(before);
  });

  it('a row has one dead letter however often it is refused, with the last reason', async () => {
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

  it('the same row for two tables has two dead letters', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1, 'api_requests'), 'bad');
    await spool.bury(row(1, 'telemetry_events'), 'bad');
    expect(await spool.deadLetters()).toHaveLength(2);
  });

  it('a replay puts dead letters back into the spool, without their reasons', async () => {
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

  it('a replay takes only the letters that are meant', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1), 'bad');
    await spool.bury(row(2, 'api_requests'), 'bad');
    await expect(spool.replayDeadLetters(({ table }) => table === 'api_requests')).resolves.toBe(1);
    expect(await waitingRows()).toEqual([row(2, 'api_requests')]);
    expect((await spool.deadLetters()).map(({ table }) => table)).toEqual(['telemetry_events']);
  });

  it('a replay that cannot write keeps every letter, and the next one takes them', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1), 'bad');
    const [before] = await spool.deadLetters();
    await writeFile(segmentsFolder(), 'a file where the folder should be');
    await expect(spool.replayDeadLetters()).rejects.toThrow();
    expect(await spool.deadLetters()).toEqual([before]);
    await rm(segmentsFolder());
    await expect(spool.state()).resolves.toMatchObject({ deadLetters: 1 });
    await expect(spool.replayDeadLetters()).resolves.toBe(1);
    expect(await waitingRows()).toEqual([row(1)]);
    expect(await readdir(join(folder, 'dead-letters'))).toEqual([]);
  });

  it('a row that is refused again during its replay has a letter again, which the replay does not remove', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1), 'first');
    // A drain in another process: it refuses the row as soon as it is in a segment.
    const drain = async () => {
      for (;;) {
        const [name] = await spool.waiting();
        if (name === undefined) continue;
        await spool.bury(row(1), 'again');
        return spool.remove(name);
      }
    };
    await Promise.all([spool.replayDeadLetters(), drain()]);
    expect((await spool.deadLetters()).map(({ reason }) => reason)).toEqual(['again']);
  });

  it('a purge removes the letters that are meant, with the file of a Parquet letter', async () => {
    const spool = new Spool(folder);
    await spool.bury(row(1), 'bad row');
    const name = await spool.putFile('api_requests', new Uint8Array([1, 2, 3]), 30);
    await spool.buryFile(name, 'bad file', 30);
    await expect(spool.purgeDeadLetters(({ reason }) => reason === 'bad file')).resolves.toBe(30);
    expect(await readdir(join(folder, 'dead-letters'))).toHaveLength(1);
    await expect(spool.purgeDeadLetters(() => true)).resolves.toBe(1);
    expect(await readdir(join(folder, 'dead-letters'))).toEqual([]);
    await expect(spool.waiting()).resolves.toEqual([]);
  });

  it('a dead letter that holds no row is not replayed, since it has no table', async () => {
    const spool = new Spool(folder);
    await spool.bury({ table: '', row: { line: 'torn' } }, 'unreadable line in the spool');
    await spool.bury(row(1), 'bad');
    await expect(spool.replayDeadLetters()).resolves.toBe(1);
    await expect(spool.deadLetters()).resolves.toMatchObject([{ table: '', row: { line: 'torn' } }]);
  });

  it('a damaged dead letter is shown and never sent', async () => {
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

  it('an incomplete dead letter is shown, and the others are replayed', async () => {
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

describe('a Parquet file of rows', () => {
  const bytes = Buffer.from([0x50, 0x41, 0x52, 0x31, 0x00, 0xff, 0x0a, 0x0a]);

  it('a Parquet file is there for another process unchanged, readable by the owner only, with its table and rows in its name', async () => {
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

  it('a Parquet file keeps its place in the order of segments', async () => {
    const spool = new Spool(folder);
    await spool.append([row(0)]);
    const name = await spool.putFile('api_requests', bytes, 1);
    await spool.append([row(2)]);
    const waiting = await spool.waiting();
    expect(waiting.indexOf(name)).toBe(1);
    expect(waiting.map((one) => describeFile(one)?.table)).toEqual([undefined, 'api_requests', undefined]);
  });

  it('the rows of a Parquet file that is dropped at the size cap are counted', async () => {
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

  it('a Parquet file is set aside with its reason and replayed unchanged, beside single rows', async () => {
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

  it('a Parquet file survives a crash while it is set aside or replayed', async () => {
    const spool = new Spool(folder);
    const name = await spool.putFile('api_requests', bytes, 30);
    await spool.buryFile(name, 'bad file', 30);
    // The file was moved and its letter still exists, as after a crash in either operation.
    await rename(join(folder, 'dead-letters', name), join(segmentsFolder(), name));
    await expect(spool.replayDeadLetters()).resolves.toBe(30);
    await expect(spool.waiting()).resolves.toEqual([name]);
    await expect(spool.deadLetters()).resolves.toEqual([]);
  });
});

describe('an empty spool', () => {
  it('an empty spool has no folder and reports zeros', async () => {
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

  it('a segment that cannot be read is an error, not an empty segment', async () => {
    await mkdir(join(segmentsFolder(), '00001700000000000-aa.ndjson'), { recursive: true });
    await expect(new Spool(folder).read('00001700000000000-aa.ndjson')).rejects.toMatchObject({
      code: 'EISDIR',
    });
  });
});

it('a foreign file among the segments is counted, and neither read nor sent', async () => {
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

describe('rows that are removed on purpose', () => {
  const text = (id: string, tier: number) => redacted({ table: 'contents', row: { event_id: id, tier } });
  const above2 = ({ table, row: held }: { table: string; row: SpooledRow['row'] | null }) =>
    table === '' || (table === 'contents' && (held === null || Number(held.tier) > 2));

  it('they leave segments, dead letters and files, and all other rows stay in their order', async () => {
    const spool = new Spool(folder);
    await spool.append([row(1), text('gone', 3), text('kept', 2), row(2)]);
    await spool.putFile('contents', Buffer.from('PAR1'), 5);
    await spool.putFile('api_requests', Buffer.from('PAR1'), 9);
    await spool.bury(text('refused', 3), 'why');
    await spool.bury(row(3), 'why');
    // One row, one file of five rows, one letter.
    await expect(spool.purgeRows(above2)).resolves.toBe(7);
    const left = await spool.waiting();
    expect(left.filter((name) => name.endsWith('.parquet')).map((name) => describeFile(name)?.table)).toEqual(
      ['api_requests'],
    );
    const rows = await Promise.all(
      left.filter((name) => name.endsWith('.rows')).map((name) => spool.read(name)),
    );
    // A segment is left as one per table.
    const kept = rows.flatMap((segment) => segment.rows);
    expect(kept.filter(({ table }) => table === 'contents')).toEqual([text('kept', 2)]);
    expect(kept.filter(({ table }) => table !== 'contents')).toEqual([row(1), row(2)]);
    await expect(spool.deadLetters()).resolves.toMatchObject([{ ...row(3), rows: 1 }]);
    await expect(spool.purgeRows(above2)).resolves.toBe(0);
  });

  it('nothing else in the spool holds a text: not a damaged segment, not a stranger, not what a killed writer left', async () => {
    const spool = new Spool(folder);
    await spool.append([row(1), text('PLANTED', 3)]);
    const [name = ''] = await spool.waiting();
    const segment = join(segmentsFolder(), name);
    await writeFile(segment, (await readFile(segment, 'utf8')).replace('PLANTED', 'PLANTED, damaged'));
    await spool.bury(row(2), 'why');
    const dead = join(folder, 'dead-letters');
    const damaged = join(folder, 'damaged');
    await mkdir(damaged, { recursive: true });
    await mkdir(join(segmentsFolder(), 'folder'));
    // No process has such an id.
    const gone = `.${(2 ** 30).toString(36)}-x.tmp`;
    const strangers = [
      ...[segmentsFolder(), dead, damaged].map((where) => join(where, gone)),
      `${segment}.bak`,
      join(segmentsFolder(), 'folder', 'x'),
      join(dead, '00001700000000000-aa.contents.5.parquet'),
      join(damaged, '00001700000000000-aa.contents.5.parquet'),
    ];
    for (const path of strangers) await writeFile(path, 'PLANTED');
    await writeFile(join(segmentsFolder(), '00001700000000000-aa.telemetry_events.3.rows.bak'), 'stays');
    await spool.purgeRows(above2);
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    for (const path of files) expect(await readFile(path, 'latin1'), path).not.toContain('PLANTED');
    for (const path of strangers) expect(files).not.toContain(path);
    expect(files.filter((path) => path.endsWith('.bak'))).toHaveLength(1);
    expect(await waitingRows()).toEqual([row(1)]);
    // One damaged row; the names of the strangers say two rows (.bak), one (folder) and three (the one that stays).
    await expect(spool.state()).resolves.toMatchObject({ damaged: 1 + 2 + 1 + 3, deadLetters: 1 });
  });

  it('what is left of damaged rows goes too, and their number stays', async () => {
    const spool = new Spool(folder);
    await spool.append([text('gone', 3), text('damaged', 3)]);
    const [name = ''] = await spool.waiting();
    const content = await readFile(join(segmentsFolder(), name), 'utf8');
    await writeFile(join(segmentsFolder(), name), content.replace('damaged', 'DAMAGED'));
    await spool.read(name);
    await spool.purgeRows(above2);
    await expect(spool.state()).resolves.toMatchObject({ damaged: 1 });
    const report = await readFile(join(folder, 'damaged', `${name}.json`), 'utf8');
    expect(report).not.toContain('DAMAGED');
  });
});

it('long rows are cut into several segments, in their order', async () => {
  const long = redacted({ table: 'contents', row: { text: 'a '.repeat(5_500_000) } });
  // 32 million characters end a segment: after the third row of 11 million.
  await new Spool(folder).append([long, long, long, row(4)]);
  const waiting = await new Spool(folder).waiting();
  expect(waiting.map((name) => /\.(\d+)\.rows$/.exec(name)?.[1])).toEqual(['3', '1']);
  expect((await waitingRows()).at(-1)).toEqual(row(4));
});
