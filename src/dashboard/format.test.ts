import { expect, it } from 'vitest';
import { plain } from './format.js';

it('a name that would turn the text around shows that', () => {
  expect(plain('safe\u202Egnp.exe\n')).toBe('safe\ufffdgnp.exe\ufffd');
});
