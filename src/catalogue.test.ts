import { expect, it } from 'vitest';
import * as catalogue from './catalogue.js';
import { wireName } from './store/wire.js';

const definitions = Object.entries(catalogue).filter(
  ([, value]) => typeof value === 'object' && '_name' in value,
);

it('the wire name of every table and question is the one that the client derives from its name in code', () => {
  expect(definitions).toHaveLength(106);
  expect(definitions.map(([key]) => wireName(key))).toEqual(
    definitions.map(([, definition]) => (definition as { _name: string })._name),
  );
});
