import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redacted } from '../signals/privacy/redacted-row.js';
import { checksum, readRecords, writeRecord, type SpooledRow } from './records.js';
import { Spool } from './spool.js';

const rows: SpooledRow[] = [
  { table: 'api_requests', row: { event_id: 'a', cost: 0.25, text: 'line\nbreak' } },
  { table: 'telemetry_events', row: { event_id: 'b', text: 'ünïcödé 🙂', none: null } },
  { table: 'api_requests', row: { event_id: 'c' } },
];
const lines = rows.map(writeRecord);
const whole = Buffer.from(lines.join(''));

describe('a record', () => {
  it('a record is a line: checksum, length, JSON', () => {
    // CRC-32 of "123456789" is the check value of the algorithm.
    expect(checksum('123456789')).toBe('cbf43926');
    expect(checksum('')).toBe('00000000');
    expect(lines[2]).toBe(
      `${checksum('{"table":"api_requests","row":{"event_id":"c"}}')} 47 {"table":"api_requests","row":{"event_id":"c"}}\n`,
    );
  });

  it('a record is read as it was written', () => {
    expect(readRecords(whole)).toEqual({ rows, damaged: [] });
    expect(readRecords(Buffer.alloc(0))).toEqual({ rows: [], damaged: [] });
  });
});

/** The start of each record, and the end of the last one. */
const starts = lines.reduce<number[]>((at, line) => [...at, at.at(-1)! + Buffer.byteLength(line)], [0]);
/** The rows of the records that a range does not touch. The line break after a record may be damaged. */
const untouched = (from: number, to: number) =>
  rows.filter((_, n) => starts[n + 1]! - 1 <= from || starts[n]! >= to);

describe('damage on disk', () => {
  let folder: string;
  let spool: Spool;
  let file: string;
  let name: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atel-records-'));
    spool = new Spool(folder);
    await spool.append(rows.map(redacted));
    name = (await spool.waiting())[0]!;
    file = join(folder, 'segments', name);
    expect(await readFile(file)).toEqual(whole);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** The rows that are read from the file, and the number that is counted as lost. */
  async function readDamaged(content: Buffer): Promise<[SpooledRow[], number]> {
    await rm(join(folder, 'damaged'), { recursive: true, force: true });
    await writeFile(file, content);
    const { rows: read } = await spool.read(name);
    return [read, (await spool.state()).damaged];
  }

  it('a flipped bit costs at most the record that it is in, and the loss is counted', async () => {
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const flipped = Buffer.from(whole);
      const byte = bit >> 3;
      flipped[byte]! ^= 1 << (bit & 7);
      const read = readRecords(flipped).rows;
      expect([bit, read]).toEqual([bit, untouched(byte, byte + 1)]);
      if (bit % 97 === 0) expect(await readDamaged(flipped)).toEqual([read, rows.length - read.length]);
    }
  });

  it('a file that is cut off at any byte loses only what is cut off, and the loss is counted', async () => {
    for (let end = 0; end < whole.length; end += 1) {
      const [read, lost] = await readDamaged(whole.subarray(0, end));
      const kept = untouched(end, whole.length);
      expect([end, read, lost]).toEqual([end, kept, rows.length - kept.length]);
    }
  });

  it('an overwritten range costs only the records that it touches, and the loss is counted', async () => {
    const stretch = fc.record({
      from: fc.nat(whole.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 120 }),
    });
    await fc.assert(
      fc.asyncProperty(stretch, async ({ from, bytes }) => {
        const content = Buffer.from(whole);
        content.set(bytes.subarray(0, whole.length - from), from);
        const [read, lost] = await readDamaged(content);
        for (const row of untouched(from, from + bytes.length)) expect(read).toContainEqual(row);
        for (const row of read) expect(rows).toContainEqual(row);
        expect(read.length + lost).toBe(rows.length);
      }),
      { numRuns: 300 },
    );
  });

  it('a line break that is missing or overwritten costs no row', async () => {
    const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a);
    expect(ends).toHaveLength(rows.length);
    for (const end of ends)
      for (const by of ['', 'x'])
        expect(
          await readDamaged(
            Buffer.concat([whole.subarray(0, end), Buffer.from(by), whole.subarray(end + 1)]),
          ),
        ).toEqual([rows, 0]);
  });

  it('a range cut out of the middle costs only the records that it touches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 200 }), async (from, length) => {
        const content = Buffer.concat([whole.subarray(0, from), whole.subarray(from + length)]);
        const [read, lost] = await readDamaged(content);
        for (const row of read) expect(rows).toContainEqual(row);
        expect(read.length + lost).toBe(rows.length);
        // The bytes that move up can equal those that were removed: then a touched record is intact, too.
        expect(read).toEqual(expect.arrayContaining(untouched(from, from + length)));
      }),
      { numRuns: 300 },
    );
  });
});
