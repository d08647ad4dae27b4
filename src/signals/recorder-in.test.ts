import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recorderIn } from './recorder-in.js';
import type { Recorder } from './row.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atel-tier-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const recorder = (privacyTier: 1 | 2 | 3): Recorder => ({ device: 'test', origin: 'live', privacyTier });
const tierIn = (tier: 1 | 2 | 3, place = folder) => recorderIn(recorder(tier), 'shop', place).privacyTier;

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
  expect(recorderIn(lowered, 'shop', folder).privacyTier).toBe(1);
});

it('a folder inside a repository cannot undo what the repository asks for', () => {
  repositoryAsks('{"telemetry": {"privacy_tier": 1}}');
  repositoryAsks('{"telemetry": {"privacy_tier": 3}}', join(folder, 'package'));
  expect(tierIn(3, join(folder, 'package'))).toBe(1);
});

it.each(['{"telemetry": {"privacy_tier": "2"}}', '{"telemetry": {"privacy_tier": 7}}', '{"telemetry": {'])(
  'settings that cannot be understood mean tier 1: %s',
  (config) => {
    repositoryAsks(config);
    expect(tierIn(3)).toBe(1);
  },
);

it('a repository without settings, or with others, leaves the tier as the user chose it', () => {
  expect(tierIn(3)).toBe(3);
  repositoryAsks('{"telemetry": {"retention_days": 5}}');
  expect(tierIn(3)).toBe(3);
});
