import { expect, it } from 'vitest';
import { plain } from './format.js';

it('characters in a name that reverse the direction of the text are made visible', () => {
  expect(plain('safe\u202Egnp.exe\n')).toBe('safe\ufffdgnp.exe\ufffd');
});
