import { expect, it } from 'vitest';
import { changeOf, isBetter, pointsOf } from './changes.js';

it.each([
  [null, null],
  [0.004, { direction: 'none', size: '0 %' }],
  [-0.004, { direction: 'none', size: '0 %' }],
  [0.005, { direction: 'up', size: '1 %' }],
  [0.27, { direction: 'up', size: '27 %' }],
  [-0.5, { direction: 'down', size: '50 %' }],
  [9.99, { direction: 'up', size: '999 %' }],
  [42, { direction: 'up', size: '>999 %' }],
])('the change %s is described as %o', (share, change) => expect(changeOf(share)).toEqual(change));

it.each([
  [0.9219, 0.9165, { direction: 'none', size: '0 points' }],
  [0.92, 0.91, { direction: 'up', size: '1 point' }],
  [0.5, 0.75, { direction: 'down', size: '25 points' }],
  [null, 0.5, null],
  [0.5, null, null],
])('the rate %s after %s is described as %o', (rate, before, change) =>
  expect(pointsOf(rate, before)).toEqual(change),
);

it.each([
  [0.27, 'good', true],
  [-0.27, 'good', false],
  [0.27, 'bad', false],
  [-0.27, 'bad', true],
  [0.004, 'bad', null],
  [null, 'good', null],
  [0.27, undefined, null],
] as const)('the change %s where more is %s: for the better is %s', (share, more, better) =>
  expect(isBetter(changeOf(share), more)).toBe(better),
);
