import { expect, it } from 'vitest';
import { chosenTier, highestTier } from './tier.js';

const choice = {
  privacyTier: 2,
  projectTiers: { 'shop-7815fea6': 3, '/srv': 1, '/srv/shop': 3, '/srv/shop/secret': 1 },
} as const;

it.each([
  { project: 'other-00000000', folder: '/elsewhere', tier: 2, why: 'nothing names it' },
  { project: 'shop-7815fea6', folder: '/elsewhere', tier: 3, why: 'its name is listed' },
  {
    project: 'shop-7815fea6',
    folder: '/srv/shop/secret/deep',
    tier: 1,
    why: 'the deepest folder wins over the name',
  },
  { project: 'x-00000000', folder: '/srv/shop/src', tier: 3, why: 'a folder above it is listed' },
  { project: 'x-00000000', folder: '/srv/shopping', tier: 1, why: 'a folder is no beginning of a name' },
  { project: 'x-00000000', folder: '', tier: 2, why: 'an unknown folder is in no listed one' },
] as const)('the tier of $folder ($project) is $tier, because $why', ({ project, folder, tier }) => {
  expect(chosenTier(choice, project, folder === '' ? [] : [folder])).toBe(tier);
});

it('a project named like a member of every object has the general tier', () => {
  expect(chosenTier({ privacyTier: 2, projectTiers: {} }, 'constructor', [])).toBe(2);
});

it('of several paths of one folder, the lowest tier counts', () => {
  expect(chosenTier(choice, 'x-00000000', ['/srv/shop', '/elsewhere'])).toBe(3);
  expect(chosenTier(choice, 'x-00000000', ['/srv/shop', '/srv/link'])).toBe(1);
  const links = (key: string) => (key === '/srv/shop/secret' ? [key, '/vault'] : [key]);
  expect(chosenTier(choice, 'x-00000000', ['/vault/deep'], links)).toBe(1);
});

it('the highest tier is that of the project with the most, or the general one', () => {
  expect(highestTier(choice)).toBe(3);
  expect(highestTier({ privacyTier: 2, projectTiers: { a: 1 } })).toBe(2);
  expect(highestTier({ privacyTier: 1 })).toBe(1);
});
