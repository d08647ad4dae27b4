import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recorderIn } from './recorder-in.js';
import type { Recorder } from './row.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'atel-tier-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const recorder = (privacyTier: 1 | 2 | 3): Recorder => ({ device: 'test', origin: 'live', privacyTier });
const tierIn = (tier: 1 | 2 | 3, place = folder) => recorderIn(recorder(tier), 'shop', [place]).privacyTier;

function repositoryAsks(config: string, place = folder): void {
  mkdirSync(join(place, '.ll'), { recursive: true });
  writeFileSync(join(place, '.ll', 'll-config.json'), config);
}

it('a repository lowers the tier, in its folders too', () => {
  repositoryAsks('{"telemetry": {"privacy_tier": 2}}');
  mkdirSync(join(folder, 'src', 'deep'), { recursive: true });
  expect(tierIn(3)).toBe(2);
  expect(tierIn(3, join(folder, 'src', 'deep'))).toBe(2);
});

it('a repository never raises the tier', () => {
  repositoryAsks('{"telemetry": {"privacy_tier": 3}}');
  expect(tierIn(1)).toBe(1);
  expect(tierIn(2)).toBe(2);
});

it('a repository cannot raise the tier that the user chose for it by name', () => {
  repositoryAsks('{"telemetry": {"privacy_tier": 3}}');
  const lowered = { ...recorder(3), projectTiers: { shop: 1 } } as const;
  expect(recorderIn(lowered, 'shop', [folder]).privacyTier).toBe(1);
});

it('a folder inside a repository cannot undo what the repository asks for', () => {
  repositoryAsks('{"telemetry": {"privacy_tier": 1}}');
  repositoryAsks('{"telemetry": {"privacy_tier": 3}}', join(folder, 'package'));
  expect(tierIn(3, join(folder, 'package'))).toBe(1);
});

it.each([
  '{"telemetry": {"privacy_tier": "2"}}',
  '{"telemetry": {"privacy_tier": 7}}',
  '{"telemetry": {"privacy_tier": null}}',
  '{"telemetry": {',
  '{"telemetry": "off"}',
  '{"telemetry": null}',
  '{"telemetry": false}',
  '{"telemetry": [{"privacy_tier": 3}]}',
  '[]',
  '"off"',
])('settings that cannot be understood mean tier 1: %s', (config) => {
  repositoryAsks(config);
  expect(tierIn(3)).toBe(1);
});

it('a repository without settings, or with others, leaves the tier as the user chose it', () => {
  expect(tierIn(3)).toBe(3);
  repositoryAsks('{"telemetry": {"retention_days": 5}}');
  expect(tierIn(3)).toBe(3);
});

it('settings of more than 64 KiB mean tier 1', () => {
  const settings = (length: number) =>
    JSON.stringify({ telemetry: { privacy_tier: 3 }, x: 'x'.repeat(length) });
  repositoryAsks(settings(64_000));
  expect(tierIn(3)).toBe(3);
  repositoryAsks(settings(65_536));
  expect(tierIn(3)).toBe(1);
});

it('the settings of a repository are read once per pass', () => {
  const pass = recorder(3);
  repositoryAsks('{"telemetry": {"privacy_tier": 2}}');
  expect(recorderIn(pass, 'shop', [folder]).privacyTier).toBe(2);
  repositoryAsks('{"telemetry": {"privacy_tier": 1}}');
  expect(recorderIn(pass, 'shop', [folder]).privacyTier).toBe(2);
  expect(tierIn(3)).toBe(1);
});

describe('a folder with several paths', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'shop', 'secret'), { recursive: true });
    mkdirSync(join(folder, 'links'));
    symlinkSync(join(folder, 'shop', 'secret'), join(folder, 'links', 'here'));
  });

  it('the settings of the repository count by a link into one of its folders', () => {
    repositoryAsks('{"telemetry": {"privacy_tier": 1}}', join(folder, 'shop'));
    expect(tierIn(3, join(folder, 'links', 'here'))).toBe(1);
    expect(tierIn(3, join(folder, 'links'))).toBe(3);
  });

  it.each([
    ['the real path', 'shop', 'links/here'],
    ['a link', 'links/here', 'shop/secret'],
    ['a link, and the session is in a folder that does not exist', 'links/here', 'shop/secret/gone'],
  ])('the settings of the user name it by %s', (_, named, place) => {
    const chosen = { ...recorder(3), projectTiers: { [join(folder, named)]: 1 } } as const;
    expect(recorderIn(chosen, 'shop', [join(folder, place)]).privacyTier).toBe(1);
  });

  it('a worktree has the tier of its main repository, and of the same folder in it', () => {
    const gitFolder = join(folder, 'shop', '.git', 'worktrees', 'copy');
    mkdirSync(gitFolder, { recursive: true });
    writeFileSync(join(gitFolder, 'commondir'), '../..\n');
    const worktree = join(folder, 'copy');
    mkdirSync(join(worktree, 'secret'), { recursive: true });
    writeFileSync(join(worktree, '.git'), `gitdir: ${gitFolder}\n`);
    const tierAt = (named: string, place: string) =>
      recorderIn({ ...recorder(3), projectTiers: { [join(folder, named)]: 1 } }, 'shop', [place]).privacyTier;
    expect(tierAt('shop', worktree)).toBe(1);
    expect(tierAt('shop/secret', join(worktree, 'secret'))).toBe(1);
    expect(tierAt('shop/secret', worktree)).toBe(3);
    repositoryAsks('{"telemetry": {"privacy_tier": 2}}', join(folder, 'shop'));
    expect(tierIn(3, join(worktree, 'secret'))).toBe(2);
  });
});

it('a session in several folders has the lowest of their tiers', () => {
  mkdirSync(join(folder, 'a'));
  repositoryAsks('{"telemetry": {"privacy_tier": 1}}', join(folder, 'b'));
  const tierOfBoth = recorderIn(recorder(3), 'shop', [join(folder, 'a'), join(folder, 'b')]).privacyTier;
  expect(tierOfBoth).toBe(1);
});

it('the tier of a repository does not rise when its folder is deleted, but when it asks for more itself', () => {
  const shop = join(folder, 'shop');
  const pass = () => ({ ...recorder(3), knownTiers: join(folder, 'known') });
  const tierNow = (place: string) => recorderIn(pass(), 'shop', [place]).privacyTier;
  repositoryAsks('{"telemetry": {"privacy_tier": 1}}', shop);
  expect(tierNow(shop)).toBe(1);
  rmSync(shop, { recursive: true });
  expect(tierNow(shop)).toBe(1);
  expect(tierNow(join(shop, 'src'))).toBe(1);
  expect(tierNow(join(folder, 'other'))).toBe(3);
  repositoryAsks('{"telemetry": {"privacy_tier": 2}}', shop);
  expect(tierNow(shop)).toBe(2);
  rmSync(shop, { recursive: true });
  expect(tierNow(shop)).toBe(2);
});
