import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spooledRows } from '../../tests/integration/helpers/collector.js';
import { tempFolder } from '../../tests/helpers/temp.js';
import { homePaths, type HomePaths } from '../base/home.js';
import { Spool } from '../spool/spool.js';
import { collect } from './collect.js';
import { appendEmitted, countEmitted, countNewer } from './emitted.js';

const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
const take = (paths: HomePaths) => collect(paths, new Spool(paths.spool), recorder);

function placeWith(...events: object[]): HomePaths {
  const paths = homePaths(tempFolder());
  for (const event of events) appendEmitted(paths.emitted, JSON.stringify(event));
  return paths;
}

it('an event of a newer layout is kept whole, counted and told, and the others become rows', async () => {
  const paths = placeWith(
    { event_id: 'a', event: 'commit', task_id: 't-1' },
    { event_id: 'b', event: 'commit', schema_version: 2, brand_new: ['kept', 1] },
    { event_id: 'c', event: 'commit', schema_version: 1 },
  );
  const done = await take(paths);
  expect([done.events, done.unreadable, done.damaged]).toEqual([2, 0, 0]);
  expect(done.problems).toEqual([
    '1 emitted events of a newer version of atel wait until this one is updated',
  ]);
  expect(await countNewer(paths.emitted)).toBe(1);
  expect(await countEmitted(paths.emitted)).toBe(0);
  expect(readFileSync(join(paths.emitted, 'v2.newer'), 'utf8')).toContain('"brand_new":["kept",1]');
  expect(await spooledRows(paths.home)).toHaveLength(2);
});

it('what was kept is taken again by a version that claims to know its layout, and nothing is lost', async () => {
  const paths = placeWith({ event_id: 'a', event: 'commit', schema_version: 2 });
  await take(paths);
  // As if this version were one that knows the layout: its files have the number of this one.
  renameSync(join(paths.emitted, 'v2.newer'), join(paths.emitted, 'v1.newer'));
  const done = await take(paths);
  // The event itself still says 2, so this version keeps it again, and loses nothing.
  expect(done.problems).toHaveLength(1);
  expect(readdirSync(paths.emitted).filter((name) => name.endsWith('.taken'))).toEqual([]);
  expect(await countNewer(paths.emitted)).toBe(1);
});
