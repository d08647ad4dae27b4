import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileShape, pickObject, type Shape } from './pick.js';

/** UTF-8 read as Latin-1, as a file's chunk is. */
const raw = (text: string) => Buffer.from(text).toString('latin1');
const pick = (text: string, shape: Shape) => pickObject(raw(text), 0, raw(text).length, compileShape(shape));

/** What picking is to come to, by way of JSON.parse. */
function prune(value: unknown, shape: Shape): unknown {
  if (typeof value !== 'object' || value === null || shape.whole === true) return value;
  if (Array.isArray(value)) {
    const { items } = shape;
    return items === undefined ? [] : value.map((item) => prune(item, items));
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => Object.hasOwn(shape.keys ?? {}, name))
      .map(([name, member]) => [name, prune(member, shape.keys![name]!)]),
  );
}

const names = ['a', 'b', 'id', 'type', 'é', 'message', 'x"y', 'back\\slash', '{', ''];
const shape: Shape = {
  keys: {
    a: {},
    id: {},
    type: { whole: true },
    message: {
      keys: { a: { keys: { b: {} } }, b: { items: { keys: { id: {}, b: { items: {} } } } } },
      items: { whole: true },
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
  it('gives what JSON.parse gives, less what the shape leaves out, however it is spaced', () => {
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t', '\r\n '), (given, space) => {
        const text = JSON.stringify(given, undefined, space);
        expect(pick(text, shape)).toEqual(prune(JSON.parse(text), shape));
      }),
      { numRuns: 2_000 },
    );
  });

  it('counts the lines of a text without making it', () => {
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

  it('finds an object between two places of a larger text', () => {
    const text = '{"a":1}\n{"a":"☃"}\n{"a":3}\n';
    const at = raw(text);
    const from = at.indexOf('\n') + 1;
    expect(pickObject(at, from, at.indexOf('\n', from), compileShape({ keys: { a: {} } }))).toEqual({
      a: '☃',
    });
  });

  it('takes no part of an object for a whole one', () => {
    fc.assert(
      fc.property(object, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
        const text = JSON.stringify(given);
        const part = Buffer.from(text).subarray(0, Math.floor(share * (Buffer.byteLength(text) - 1)));
        expect(pickObject(part.toString('latin1'), 0, part.length, compileShape(shape))).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not look behind the end for what is missing', () => {
    const text = '{"a":"torn\n{"a":"b","c":{}}';
    expect(pickObject(text, 0, text.indexOf('\n'), compileShape({ keys: { a: {} } }))).toBeUndefined();
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
    ['a number that is none', '{"a":01}'],
    ['a word that is none', '{"a":nul}'],
    ['a bad escape in what is picked', '{"a":"\\x"}'],
  ])('takes %s for no object', (_, text) => {
    expect(pick(text, shape)).toBeUndefined();
  });

  it('cuts a long text, never in the middle of an escape or a character', () => {
    const text = 'ab\n"\\é☃\u0001😀xyz\\\\n';
    const json = JSON.stringify({ a: text });
    for (let longest = 0; longest < 40; longest += 1) {
      const cut = pick(json, { keys: { a: { text: longest } } })?.a as string;
      expect(text.startsWith(cut) && cut.length <= longest).toBe(true);
    }
    expect(pick(json, { keys: { a: { text: 200 } } })).toEqual({ a: text });
  });

  it('knows nothing of members that every object inherits', () => {
    expect(pick('{"__proto__":{"a":1},"constructor":2}', { keys: { a: {} } })).toEqual({});
  });

  it('takes the last of two members of one name', () => {
    expect(pick('{"a":1,"a":2}', { keys: { a: {} } })).toEqual({ a: 2 });
  });
});
