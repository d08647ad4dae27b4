import { expect, it } from 'vitest';
import { pauseMs } from './pause.js';

it('a page with quick answers asks again after two seconds, and one with slow answers leaves the store in peace for longer', () => {
  expect(pauseMs(10)).toBe(2_000);
  expect(pauseMs(100)).toBe(2_000);
  expect(pauseMs(500)).toBe(10_000);
  expect(pauseMs(30_000)).toBe(15_000);
});
