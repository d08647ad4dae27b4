import { expect, it } from 'vitest';
import * as catalogue from './catalogue.js';
import { wireName } from './store/client.js';

const definitions = Object.entries(catalogue).filter(
  ([, value]) => typeof value === 'object' && '_name' in value,
);

it('names every table and question on the wire as the client derives it from its name in code', () => {
  expect(definitions.length).toBeGreaterThan(40);
  expect(definitions.map(([key]) => wireName(key))).toEqual(
    definitions.map(([, definition]) => (definition as { _name: string })._name),
  );
});
