import { definePipe, node, t, type OutputDefinition } from '@tinybirdco/sdk';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod/mini';
import { oneOf } from '../pipes/parts/define.js';
import * as pipes from '../pipes/index.js';
import { rowSchema, rowsSchema } from './row-schema.js';

const pipe = definePipe('some_answer', {
  nodes: [node({ name: 'one', sql: 'SELECT 1' })],
  output: {
    name: t.string(),
    kind: oneOf('agent', 'skill'),
    at: t.dateTime64(3, 'UTC').nullable(),
    count: t.uint64(),
    change: t.int64(),
    cost: t.float64().nullable(),
    top: t.array(t.tuple(t.string(), t.tuple(t.uint8(), t.float64().nullable()))),
  },
});

const row = {
  name: 'a',
  kind: 'agent',
  at: '2026-11-20 10:49:32.120',
  count: 3,
  change: -1,
  cost: null,
  top: [['Bash', [1, 0.5]]],
};

describe('the schema of a row', () => {
  const schema = rowSchema(pipe);

  it('a row schema accepts a row of its pipe', () => {
    expect(schema.parse(row)).toEqual(row);
    expect(rowsSchema(pipe).parse([row, row])).toHaveLength(2);
    expect(rowsSchema(pipe).parse([])).toEqual([]);
  });

  it.each([
    ['a column that is not defined', { ...row, more: 1 }],
    ['a column that is missing', { ...row, name: undefined }],
    ['a null where none may be', { ...row, count: null }],
    ['a negative count', { ...row, count: -1 }],
    ['half a count', { ...row, count: 0.5 }],
    ['a number as a text', { ...row, cost: '0.5' }],
    ['another word than the known ones', { ...row, kind: 'model' }],
    ['a time in another spelling', { ...row, at: '2026-11-20T10:49:32Z' }],
    ['a tuple that is too short', { ...row, top: [['Bash', [1]]] }],
  ])('a row schema refuses %s', (_, wrong) => expect(schema.safeParse(wrong).success).toBe(false));

  it('a row schema has the type of the row', () => {
    expectTypeOf<z.infer<typeof schema>['kind']>().toEqualTypeOf<'agent' | 'skill'>();
    expectTypeOf<z.infer<typeof schema>['cost']>().toEqualTypeOf<number | null>();
    expectTypeOf<z.infer<typeof schema>['top']>().toEqualTypeOf<[string, [number, number | null]][]>();
  });

  it('a row schema names its pipe', () => {
    expect(z.globalRegistry.get(schema)).toMatchObject({ pipe: 'some_answer' });
    expect(z.globalRegistry.get(rowsSchema(pipe))).toMatchObject({ pipe: 'some_answer' });
  });

  it('an unsupported type is named in the error', () => {
    const odd = definePipe('odd', {
      nodes: [node({ name: 'one', sql: 'SELECT 1' })],
      output: { map: t.map(t.string(), t.string()) },
    });
    expect(() => rowSchema(odd)).toThrow('Map(String, String)');
  });
});

it('every pipe has a row schema', () => {
  for (const { _name, _output } of Object.values(pipes)) {
    const { shape } = rowSchema<OutputDefinition>({ _name, _output: _output ?? {} });
    expect(Object.keys(shape), _name).toEqual(Object.keys(_output ?? {}));
  }
});
