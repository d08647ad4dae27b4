import { describe, expect, it } from 'vitest';
import { TableWriter, type RowBatch } from './table-writer.js';

/** An engine that records its inserts and fails as the test says. */
function fakeEngine(problem: (lines: string[]) => { clickhouseCode: number; message: string } | undefined) {
  const inserts: string[][] = [];
  const insert = async (_table: string, body: Buffer): Promise<void> => {
    const lines = body.toString().split('\n');
    await new Promise((resolve) => setImmediate(resolve));
    const found = problem(lines);
    if (found) throw Object.assign(new Error(found.message), found);
    inserts.push(lines);
  };
  return { inserts, writer: new TableWriter({ insert }, 't') };
}

const rows = (...lines: string[]): RowBatch => ({ rows: lines.length, bytes: Buffer.from(lines.join('\n')) });

const badValue = { clickhouseCode: 117, message: 'Code: 117. DB::Exception: Incorrect. (INCORRECT_DATA)' };

describe('TableWriter', () => {
  it('rows that come during an insert are inserted together', async () => {
    const { inserts, writer } = fakeEngine(() => undefined);
    await Promise.all(['a', 'b', 'c', 'd'].map((line) => writer.write(rows(line))));
    expect(inserts).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('nothing is inserted for no rows', async () => {
    const { inserts, writer } = fakeEngine(() => undefined);
    expect(await writer.write(rows())).toEqual([]);
    expect(inserts).toEqual([]);
  });

  it('rows that the engine refuses are found, and only their sender gets the error', async () => {
    const { inserts, writer } = fakeEngine((lines) =>
      lines.some((line) => line.startsWith('bad')) ? badValue : undefined,
    );
    const refused = { reason: 'Incorrect. (INCORRECT_DATA)' };
    const results = await Promise.all([
      writer.write(rows('first')),
      writer.write(rows('a', 'bad1', 'b', 'bad2')),
      writer.write(rows('c')),
    ]);
    expect(results).toEqual([
      [],
      [
        { index: 1, ...refused },
        { index: 3, ...refused },
      ],
      [],
    ]);
    expect(inserts.flat().sort()).toEqual(['a', 'b', 'c', 'first']);
  });

  it('an insert that fails for another reason is not tried again', async () => {
    const { inserts, writer } = fakeEngine(() => ({ clickhouseCode: 243, message: 'no space' }));
    await expect(writer.write(rows('a', 'b'))).rejects.toThrow('no space');
    expect(inserts).toEqual([]);
    await expect(writer.write(rows('c'))).rejects.toThrow('no space');
  });

  it('rows are not stored twice if only a view of them failed', async () => {
    let count = 0;
    const { writer } = fakeEngine(() => {
      count += 1;
      return { clickhouseCode: 6, message: 'Cannot parse: while pushing to view v. (CANNOT_PARSE_TEXT)' };
    });
    await expect(writer.write(rows('a', 'b'))).rejects.toMatchObject({ status: 422 });
    expect(count).toBe(1);
  });

  it.each([159, 202, 209, 210, 241, 243, 252, 394])(
    'rows are sent again if a view failed for lack of resources (code %i)',
    async (clickhouseCode) => {
      const message = `Code: ${clickhouseCode}. DB::Exception: No room: while pushing to view v. (SHORT)`;
      const { writer } = fakeEngine(() => ({ clickhouseCode, message }));
      await expect(writer.write(rows('a'))).rejects.toMatchObject({
        status: 503,
        message: expect.stringMatching(/^The rows were stored, .* send them again: No room/) as string,
      });
    },
  );
});
