import { expect, it } from 'vitest';
import { Writes } from './writes.js';

const done = () => Promise.resolve();

it('a write counts for its own tables, once when it begins and once when it ends', async () => {
  const writes = new Writes();
  let during: number[] = [];
  await writes.counted(['sightings', 'merged'], () => {
    during = [writes.to('sightings'), writes.to('merged'), writes.to('others')];
    return done();
  });
  expect(during).toEqual([1, 1, 0]);
  expect([writes.to('sightings'), writes.to('merged'), writes.to('others')]).toEqual([2, 2, 0]);
  expect(writes.total).toBe(2);
});

it('a statement that may have changed anything counts for every table', async () => {
  const writes = new Writes();
  await writes.counted(undefined, done);
  expect([writes.to('one'), writes.to('two')]).toEqual([2, 2]);
});

it('a statement that changes no table counts for none, but in total', async () => {
  const writes = new Writes();
  await writes.counted([], done);
  expect([writes.to('one'), writes.total]).toEqual([0, 2]);
});

it('a write that fails is counted too, since a part of it may be visible', async () => {
  const writes = new Writes();
  await expect(writes.counted(['one'], () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  expect(writes.to('one')).toBe(2);
});
