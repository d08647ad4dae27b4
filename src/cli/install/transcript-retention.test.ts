import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { transcriptRetention } from './transcript-retention.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atel-retention-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (name: string) => join(root, name);
function put(name: string, settings: unknown): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), JSON.stringify(settings));
}
const retention = () => transcriptRetention([at('user.json'), at('local.json')], at('managed.json'));

it('without a setting Claude Code keeps transcripts for 30 days', async () => {
  put('user.json', {});
  expect(await retention()).toEqual({ days: 30, file: null });
});

it("the folder's settings have precedence over the user's, and managed ones over both", async () => {
  put('user.json', { cleanupPeriodDays: 365 });
  expect(await retention()).toEqual({ days: 365, file: at('user.json') });
  put('local.json', { cleanupPeriodDays: 10 });
  expect(await retention()).toEqual({ days: 10, file: at('local.json') });
  put('managed.d/20.json', { cleanupPeriodDays: 90 });
  expect(await retention()).toEqual({ days: 90, file: at('managed.d/20.json') });
});

it.each([0, -1, '90', null])('the value %j, which the client refuses, does not count', async (value) => {
  put('user.json', { cleanupPeriodDays: value });
  expect(await retention()).toEqual({ days: 30, file: null });
});
