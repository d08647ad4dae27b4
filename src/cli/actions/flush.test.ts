import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { beforeEach, expect, it, vi } from 'vitest';
import { loadConfig } from '../../base/config.js';
import { tempFolder } from '../../../tests/helpers/temp.js';
import type { DrainReport } from '../../drain/drain.js';
import { run } from './flush.js';

const drainNow = vi.hoisted(() => vi.fn<() => Promise<DrainReport>>());
vi.mock('../../drain/drain-now.js', () => ({ drainNow }));

const delivered: DrainReport = { busy: false, events: 3, stored: 5, problem: null };

let home: string;
let printed: string[];

/** The telemetry folder has a payload that no drain takes. */
beforeEach(() => {
  home = tempFolder();
  printed = [];
  drainNow.mockReset();
  mkdirSync(join(home, 'inbox'));
  writeFileSync(join(home, 'inbox', '1.json'), '{}');
});

const flush = () =>
  run(
    {},
    {
      program: new Command(),
      config: () =>
        loadConfig({ env: { AGENT_TELEMETRY_HOME: home }, homeDir: home, platform: process.platform }),
      print: (line) => printed.push(line),
      complain: () => undefined,
    },
  );

it('what came while it delivered is left to another drain that runs', async () => {
  drainNow.mockResolvedValueOnce(delivered).mockResolvedValueOnce({ busy: true });
  await flush();
  expect(printed).toEqual(['flush: 3 events read, 5 rows stored, another drain delivers what came since']);
});

it('a drain that runs for a minute before anything was delivered is an error', async () => {
  drainNow.mockResolvedValueOnce({ busy: true });
  await expect(flush()).rejects.toThrow('drain');
  expect(printed).toEqual([]);
});

it('what three drains did not read is an error', async () => {
  drainNow.mockResolvedValue(delivered);
  await expect(flush()).rejects.toThrow('1 event not read');
  expect(printed).toEqual(['flush: 9 events read, 15 rows stored']);
});
