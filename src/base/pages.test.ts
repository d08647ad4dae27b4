import { describe, expect, it } from 'vitest';
import { pageOf, pages, pageWith, readCursor, readPlace, type Place } from './pages.js';

const at = (second: number) => `2026-11-20 10:00:0${second}.000`;
const row = (id: string, second: number) => ({ id, time: at(second) });

describe('pages', () => {
  /** Asks for pages of two rows out of a list; gives the pages and the places that were asked for. */
  async function read(rows: readonly Place[]) {
    const asked: (Place | undefined)[] = [];
    const ask = (after: Place | undefined) => {
      asked.push(after);
      const from = after === undefined ? 0 : rows.findIndex(({ id }) => id === after.id) + 1;
      return Promise.resolve(rows.slice(from, from + 2));
    };
    const found: string[][] = [];
    for await (const page of pages(2, ask, (last) => last)) found.push(page.map(({ id }) => id));
    return { found, asked: asked.map((after) => after?.id) };
  }

  it('an empty list has no pages, after one question', async () => {
    expect(await read([])).toEqual({ found: [], asked: [undefined] });
  });

  it('a page that is not full is the last one', async () => {
    const rows = [row('a', 1), row('b', 1), row('c', 2)];
    expect(await read(rows)).toEqual({ found: [['a', 'b'], ['c']], asked: [undefined, 'b'] });
  });

  it('if the last page is full, the empty page after it is not returned', async () => {
    const rows = [row('a', 1), row('b', 1), row('c', 2), row('d', 3)];
    expect(await read(rows)).toEqual({
      found: [
        ['a', 'b'],
        ['c', 'd'],
      ],
      asked: [undefined, 'b', 'd'],
    });
  });

  it('pages are only asked for when they are needed, and a failure ends them', async () => {
    let asked = 0;
    const ask = () => {
      asked += 1;
      return asked === 2 ? Promise.reject(new Error('no answer')) : Promise.resolve([row('a', 1)]);
    };
    const reading = pages(1, ask, (last) => last);
    await reading.next();
    expect(asked).toBe(1);
    await expect(reading.next()).rejects.toThrow('no answer');
  });
});

describe('a cursor', () => {
  it.each([
    ['usual', row('33333333-3333-4333-8333-333333333333', 7)],
    ['without a time', { id: 'a', time: null }],
    ['without an id', { id: '', time: at(1) }],
    ['without both', { id: '', time: null }],
    ['before 1970', { id: 'a', time: '1969-12-31 23:59:59.999' }],
    ['with an id that a shell would read', { id: `a.b c&d='e'\n"$(f)" – ü`, time: at(2) }],
  ])('a cursor leads to the position that it was made from: %s', (_, place) => {
    const { page, cursor } = pageOf([place, row('next', 9)], 1, (last) => last);
    expect(page).toEqual([place]);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(readCursor(cursor ?? '')).toEqual(place);
  });

  it('there is no cursor after the last page', () => {
    const rows = [row('a', 1), row('b', 2)];
    const cursorOf = (limit: number) => pageOf(rows, limit, (last) => last).cursor;
    expect([cursorOf(2), cursorOf(3)]).toEqual([null, null]);
    expect(pageOf([], 5, (last: Place) => last)).toEqual({ page: [], cursor: null });
    expect(readCursor(cursorOf(1) ?? '')).toEqual(row('a', 1));
  });

  it.each([
    ['', 'nothing'],
    ['!', 'no letter of a cursor'],
    ['zzzzzzzzzzzzzzzz', 'letters of a cursor that say nothing'],
    ['mwouxb6f.33333333-3333-4333-8333-333333333333', 'a place that is not encoded'],
    [Buffer.from('mwouxb6f').toString('base64url'), 'no id'],
    [Buffer.from('mwouxb6f.a').toString('base64'), 'the other base64'],
    [`${Buffer.from('mwouxb6f.a').toString('base64url')} `, 'a blank behind it'],
    [Buffer.from('zzzzzzzzzz.a').toString('base64url'), 'a time after the last of the store'],
    [Buffer.from('000000.a').toString('base64url'), 'a time with zeros before it'],
    [Buffer.from([0x2e, 0xff]).toString('base64url'), 'an id that is not UTF-8'],
  ])('a text that is not a cursor is refused: %j, %s', (cursor) => {
    expect(readCursor(cursor)).toBeUndefined();
  });
});

describe('a cursor that remembers several values', () => {
  it('has the values of the last row of the page, and is none on the last page', () => {
    const rows = [
      ['cost', -3, 'a'],
      ['cost', null, 'é"'],
      ['cost', null, 'z'],
    ] as const;
    const { page, cursor } = pageWith(rows, 2, (row) => row);
    expect(page).toEqual(rows.slice(0, 2));
    expect(readPlace(cursor ?? '')).toEqual(['cost', null, 'é"']);
    expect(pageWith(rows, 3, (row) => row).cursor).toBeNull();
  });

  it.each(['', '.', 'W10', 'e30', `${Buffer.from('["a"]').toString('base64url')}=`])(
    'nothing is read from %j but a list that was written so',
    (text) => {
      expect(readPlace(text)).toEqual(text === 'W10' ? [] : undefined);
    },
  );
});
