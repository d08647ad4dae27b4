import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { tempFolder } from '../../tests/helpers/temp.js';
import { loadConfig } from '../base/config.js';
import { homePaths } from '../base/home.js';
import { liveRecorder, withCurrentPrices } from './recorder.js';

afterEach(() => vi.restoreAllMocks());

it('the recorder of a process that runs on has the prices that were learnt in the meantime', async () => {
  const home = tempFolder();
  const config = loadConfig({ env: { AGENT_TELEMETRY_HOME: home }, homeDir: home, platform: 'linux' });
  const paths = homePaths(home);
  mkdirSync(home, { recursive: true });
  const recorder = withCurrentPrices(await liveRecorder(paths, config), paths, config, () => config);
  expect(recorder.prices?.learnt).toEqual({});

  const rates = { input: 6, output: 30, write_5m: null, write_1h: null, read: null };
  const model = { rates, from: 2, confirmed: 3, longest: null, date: '2026-11-29' };
  writeFileSync(paths.learntPrices, JSON.stringify({ models: { 'claude-nova-9': model } }));
  const learntAt = new Date('2026-11-29T12:00:00Z');
  utimesSync(paths.learntPrices, learntAt, learntAt);
  const later = Date.now() + 2_000;
  vi.spyOn(Date, 'now').mockReturnValue(later);
  expect(recorder.prices?.learnt).toEqual({ 'claude-nova-9': { ...rates, longest: null } });
});
