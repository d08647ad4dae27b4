import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadConfig } from '../../base/config.js';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { offerHistory } from './offer-history.js';

const read = vi.hoisted(() => vi.fn(() => Promise.resolve()));
vi.mock('./backfill.js', () => ({ run: read }));

const LINE = 'Transcripts of 2 sessions of the last day were never read';
let home: string;
let printed: string[];

beforeEach(() => {
  home = tempFolder();
  printed = [];
  read.mockClear();
  vi.stubEnv('CLAUDE_CONFIG_DIR', join(home, 'claude'));
  const project = join(home, 'claude', 'projects', 'shop');
  mkdirSync(project, { recursive: true });
  for (const name of ['a', 'b']) writeFileSync(join(project, `${name}.jsonl`), '{}\n');
});
afterEach(() => vi.unstubAllEnvs());

const outside = (env: Record<string, string> = {}) => ({
  program: new Command(),
  config: () =>
    loadConfig({
      env: { AGENT_TELEMETRY_HOME: join(home, 'telemetry'), ...env },
      homeDir: home,
      platform: 'linux',
    }),
  print: (line: string) => printed.push(line),
  complain: () => undefined,
});

it('a script is not asked: it gets a line that names atel backfill', async () => {
  const ask = vi.fn(() => Promise.resolve(''));
  await offerHistory(outside(), { isThere: false, ask });
  expect(printed).toEqual([`${LINE}: atel backfill reads them.`]);
  expect(ask).not.toHaveBeenCalled();
  expect(read).not.toHaveBeenCalled();
});

it.each(['', 'y', 'Yes', ' y '])('a person who answers "%s" gets the history read', async (answer) => {
  const ask = vi.fn(() => Promise.resolve(answer));
  await offerHistory(outside(), { isThere: true, ask });
  expect(ask).toHaveBeenCalledWith(`${LINE}. Read them now? [Y/n] `);
  expect(read).toHaveBeenCalledOnce();
});

it.each(['n', 'no', 'what?'])('a person who answers "%s" does not get the history read', async (answer) => {
  await offerHistory(outside(), { isThere: true, ask: () => Promise.resolve(answer) });
  expect(read).not.toHaveBeenCalled();
  expect(printed).toEqual(['atel backfill reads them at any time.']);
});

it('init does not mention unread history if telemetry is off', async () => {
  await offerHistory(outside({ AGENT_TELEMETRY_ENABLED: '0' }), {
    isThere: false,
    ask: () => Promise.resolve(''),
  });
  expect(printed).toEqual([]);
});
