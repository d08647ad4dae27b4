import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prune, readTime, unfold } from '../../../tests/helpers/picked.js';
import { bytes, INPUT_AT, makeRoom } from './memory.js';
import { holdText, isBlank, Picker } from './pick.js';
import type { Shape } from './shape.js';

const pickers = new Map<Shape, Picker>();

/** Picks from a range of a buffer, as plain objects. */
function pickBytes(given: Uint8Array, shape: Shape, from = 0, to = given.length): unknown {
  const picker = pickers.get(shape) ?? new Picker(shape);
  pickers.set(shape, picker);
  makeRoom(given.length);
  bytes.set(given, INPUT_AT);
  return unfold(picker.pick(INPUT_AT + from, INPUT_AT + to), shape);
}

const pick = (text: string, shape: Shape) => pickBytes(Buffer.from(text), shape);

const names = ['a', 'b', 'id', 'type', 'é', 'message', 'x"y', 'back\\slash', '{', ''];
const shape: Shape = {
  keys: {
    a: {},
    id: {},
    type: { items: { items: {} } },
    message: {
      keys: { a: { keys: { b: {} } }, b: { items: { keys: { id: {}, b: { items: {} } } } } },
      items: { keys: { a: {} }, items: { keys: { type: {} } } },
    },
  },
};

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(null, true, false, 0, -0, 1, 12, 123_456_789, 1_234_567_890_123, -4, 0.5, 1e21),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('\\', '\\"', '"', '"}', '{"a":1}', '\n', '\u2028', '☃', '😀', 'é'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
  ),
})).value;
const object = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 7 });

describe('pickObject', () => {
  it('a pick gives the result of JSON.parse, less what the shape leaves out, with any white space', () => {
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t', '\r\n '), (given, space) => {
        const text = JSON.stringify(given, undefined, space);
        expect(pick(text, shape)).toEqual(prune(JSON.parse(text), shape));
      }),
      { numRuns: 2_000 },
    );
  });

  it('the lines of a text are counted without making a string of it', () => {
    const lines = (text: string, space?: string) =>
      pick(JSON.stringify({ text }, undefined, space), { keys: { text: { lines: true } } });
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\n', '\r\n', '\\', '\\n', '"', 'é', 'n', '{'), { maxLength: 12 }),
        (parts) => {
          const text = parts.join('');
          const found = [...text.matchAll(/[^\n]*\n|[^\n]+$/g)].length;
          expect(lines(text, ' ')).toEqual({ text: found });
        },
      ),
    );
    expect(pick('{"text":"a\\u000Ab\\u000a"}', { keys: { text: { lines: true } } })).toEqual({ text: 2 });
    expect(pick('{"text":["a"]}', { keys: { text: { lines: true } } })).toEqual({ text: [] });
  });

  it('an object is found in a range of a larger text', () => {
    const text = Buffer.from('{"a":1}\n{"a":"☃"}\n{"a":3}\n');
    const from = text.indexOf('\n') + 1;
    expect(pickBytes(text, { keys: { a: {} } }, from, text.indexOf('\n', from))).toEqual({ a: '☃' });
  });

  it('a part of an object is not taken for a whole one', () => {
    fc.assert(
      fc.property(object, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
        const text = JSON.stringify(given);
        const part = Buffer.from(text).subarray(0, Math.floor(share * (Buffer.byteLength(text) - 1)));
        expect(pickBytes(part, shape)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('a pick does not read past the end of its range', () => {
    const text = Buffer.from('{"a":"torn\n{"a":"b","c":{}}');
    expect(pickBytes(text, { keys: { a: {} } }, 0, text.indexOf('\n'))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no object', '[1]'],
    ['a text', '"x"'],
    ['zeros', '\0'.repeat(20)],
    ['two objects', '{"a":1}{"a":2}'],
    ['two halves, cut within a text', '{"a":{"b":"cut of{"type":"user","a":"x"}}'],
    ['two halves, cut between members', '{"a":{"b":1,{"type":"user","a":"x"}'],
    ['a missing value', '{"a":}'],
    ['a missing colon', '{"a" 1}'],
    ['an invalid number', '{"a":01}'],
    ['an unknown literal', '{"a":nul}'],
    ['a bad escape in what is picked', '{"a":"\\x"}'],
  ])('%s is not taken for an object', (_, text) => {
    expect(pick(text, shape)).toBeUndefined();
  });

  it('a long text is cut, but never inside an escape or a character', () => {
    const text = 'ab\n"\\é☃\u0001😀xyz\\\\n';
    const json = JSON.stringify({ a: text });
    for (let longest = 0; longest < 40; longest += 1) {
      const { a: cut } = pick(json, { keys: { a: { text: longest } } }) as { a: string };
      expect(text.startsWith(cut) && cut.length <= longest).toBe(true);
    }
    expect(pick(json, { keys: { a: { text: 200 } } })).toEqual({ a: text });
    const cutAt = (longest: number) => pick('{"a":"x\\u00e9\\\\n"}', { keys: { a: { text: longest } } });
    expect([6, 7, 8, 9].map(cutAt)).toEqual([{ a: 'x' }, { a: 'xé' }, { a: 'xé' }, { a: 'xé\\' }]);
  });

  it('members that every object inherits are ignored', () => {
    expect(pick('{"__proto__":{"a":1},"constructor":2}', { keys: { a: {} } })).toEqual({});
  });

  it('of two members with the same name the last one counts', () => {
    expect(pick('{"a":1,"a":2}', { keys: { a: {} } })).toEqual({ a: 2 });
    const nested: Shape = { keys: { a: { keys: { b: {}, c: { items: {} } } } } };
    expect(pick('{"a":{"b":1,"c":[1]},"a":{}}', nested)).toEqual({ a: {} });
    expect(pick('{"a":{"b":1,"c":[1,2]},"a":{"c":[3]}}', nested)).toEqual({ a: { c: [3] } });
    expect(pick('{"a":{"b":1},"a":null}', nested)).toEqual({ a: null });
  });

  it('texts, escapes and non-ASCII characters are found at any position within a 16-byte block', () => {
    for (let length = 0; length < 70; length += 1) {
      const fill = 'x'.repeat(length);
      for (const special of ['', '\\', '\\\\', '"', '\\"', '\n', 'é', '😀', '\u0000']) {
        for (const text of [fill + special, special + fill, `${fill}${special}y`]) {
          const given = { b: text, a: text, id: [text], message: { c: { text }, a: { b: text } } };
          expect(pick(JSON.stringify(given), shape)).toEqual(prune(given, shape));
        }
      }
    }
  });

  it('times are read as Date.parse does', () => {
    const times: Shape = { keys: { at: { time: true } } };
    const at = (value: unknown) => (pick(JSON.stringify({ at: value }), times) as { at: unknown }).at;
    const written = fc.date({ min: new Date(0), max: new Date('2150-01-01T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(
        written,
        fc.integer({ min: 0, max: 23 }),
        fc.constantFrom('0', '1', '8', '9', ':', 'Z', '-', '.', ' '),
        (date, place, char) => {
          const text = date.toISOString();
          expect(at(text)).toBe(date.getTime());
          const other = text.slice(0, place) + char + text.slice(place + 1);
          expect(at(other)).toBe(readTime(other));
        },
      ),
      { numRuns: 5_000 },
    );
    for (let day = Date.UTC(1996, 0, 1); day < Date.UTC(2104, 0, 1); day += 86_400_000)
      expect(at(new Date(day).toISOString())).toBe(day);
    for (const odd of [
      '2026-02-29T00:00:00.000Z',
      '2026-10-01T24:00:00.000Z',
      '2026-10-01',
      '',
      'é',
      '\n',
      5,
      null,
      [],
      {},
    ])
      expect(at(odd)).toBe(readTime(odd));
    expect(pick('{}', times)).toEqual({});
  });

  it('a repeated text is given correctly, however many others came in between', () => {
    const texts: Shape = { keys: { a: { items: {} } } };
    const a = Array.from({ length: 40_000 }, (_, n) => `${n % 20_000}`.padStart(n % 70, 'x'));
    expect(pick(JSON.stringify({ a }), texts)).toEqual({ a });
  });

  it('objects in several lists of one text stay apart', () => {
    const lists = { message: [[{ type: null }], [{}], [{ type: 1 }, { type: 2 }]] };
    expect(pick(JSON.stringify(lists), shape)).toEqual(lists);
    const nested: Shape = { keys: { a: { items: { keys: { b: { items: { keys: { id: {} } } } } } } } };
    const parents = { a: [{ b: [{ id: 1 }] }, { b: [{ id: 2 }] }] };
    expect(pick(JSON.stringify(parents), nested)).toEqual(parents);
    const found = new Picker(nested);
    makeRoom(200);
    const length = bytes.write(JSON.stringify(parents), INPUT_AT);
    const picked = found.pick(INPUT_AT, INPUT_AT + length) as unknown as typeof parents;
    const [first, second] = [picked.a[0]?.b[0], picked.a[1]?.b[0]];
    expect([first?.id, second?.id]).toEqual([1, 2]);
  });

  it('a pick from a damaged line gives what JSON.parse would, or nothing, or only what is undamaged', () => {
    fc.assert(
      fc.property(
        object,
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }),
        (given, damages) => {
          const damaged = Buffer.from(JSON.stringify(given));
          for (const [place, byte] of damages) damaged[place % damaged.length] = byte;
          const picked = pickBytes(damaged, shape);
          let parsed: unknown;
          try {
            parsed = JSON.parse(damaged.toString());
          } catch {
            return;
          }
          expect(picked).toEqual(
            typeof parsed === 'object' && !Array.isArray(parsed) ? prune(parsed, shape) : undefined,
          );
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('a pick terminates on any bytes', () => {
    const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('{}[]",:\\\n 0eu')));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), (garbage) => {
        pickBytes(Buffer.from([...Buffer.from('{"a":'), ...garbage]), shape);
        pickBytes(Buffer.from(garbage), shape);
      }),
      { numRuns: 5_000 },
    );
    expect(pick(`{"x":${'['.repeat(1e6)}${']'.repeat(1e6)},"a":1}`, shape)).toEqual({ a: 1 });
    expect(pick(`{"a":"${'\\'.repeat(1e6)}"}`, shape)).toEqual({ a: '\\'.repeat(5e5) });
  });

  it('pickMore keeps the result of the first pick valid', () => {
    const { from, to } = holdText('{"a":"one","b":[{"id":1},{"id":2}],"id":"two"}');
    const first = new Picker({ keys: { a: {}, b: { items: { keys: { id: {} } } } } }).pick(from, to);
    const more = new Picker({ keys: { id: {}, b: { items: { keys: { id: {} } } } } }).pickMore(from, to);
    expect(more?.id).toBe('two');
    expect(first?.a).toBe('one');
    expect(first?.b).toMatchObject([{ id: 1 }, { id: 2 }]);
  });
});

describe('isBlank', () => {
  it('isBlank recognises lines without content', () => {
    const is = (text: string) => {
      const { from, to } = holdText(text);
      return isBlank(from, to);
    };
    expect([is(''), is(' \t\r'), is('\0'), is('{}')]).toEqual([true, true, false, false]);
  });
});
