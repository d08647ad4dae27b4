import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { cli, startAtel, type RunningAtel } from '../../helpers/atel.js';
import { transcriptsFolder } from '../../helpers/captures.js';
import { run, type ProcessResult } from '../../helpers/process.js';
import { ingestMadeUp } from './made-up-rows.js';

/** The first hook of each captured run, when it came after 10:49, and how far apart its hooks are, milliseconds. */
const RUNS = [
  { first: 67, start: 36_270, step: 20 },
  { first: 59, start: 35_584, step: 25 },
  { first: 55, start: 34_490, step: 195 },
  { first: 40, start: 33_700, step: 20 },
  { first: 0, start: 32_620, step: 24 },
];

/** Hooks carry no time of their own: each is put where the transcript says that its run was. */
function captureTime(index: number): number {
  const { first, start, step } = RUNS.find((one) => index >= one.first)!;
  return Date.parse('2026-11-20T10:49:00Z') + start + (index - first) * step;
}

/** The day of the captured runs, as options and as bounds. */
export const THAT_DAY = ['--since', '2026-11-20', '--until', '2026-11-21'];
export const day = { from: '2026-11-20 00:00:00', to: '2026-11-21 00:00:00' };

interface CapturedStore {
  readonly atel: RunningAtel;
  readonly home: string;
  /** Runs a command with the store's settings and nothing else. */
  ask: (args: readonly string[], env?: Record<string, string>, input?: string) => Promise<ProcessResult>;
}

/**
 * A store of the whole file that holds the captured runs, on 2026-11-20, and what no capture holds, made up, in
 * March 2026.
 */
export function useCapturedStore(): CapturedStore {
  const home = mkdtempSync(join(tmpdir(), 'atel-reading-'));
  let atel: RunningAtel | undefined;
  beforeAll(async () => {
    // What was typed in the captures is a skill only where there is one of this name.
    const claude = join(home, '.claude');
    const skill = join(claude, 'skills', 'release-notes');
    mkdirSync(skill, { recursive: true });
    writeFileSync(join(skill, 'SKILL.md'), '---\nname: release-notes\n---\n');
    const transcripts = join(claude, 'projects', '-home-dev-shop');
    cpSync(transcriptsFolder, transcripts, { recursive: true });
    atel = await startAtel({ home });
    await atel.loadCaptures({ at: captureTime, transcripts });
    await ingestMadeUp(atel.client);
  }, 120_000);
  afterAll(async () => {
    await atel?.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    get atel() {
      if (atel === undefined) throw new Error('the store is not up yet');
      return atel;
    },
    home,
    ask: (args, env = {}, input = '') =>
      run(process.execPath, [cli, ...args], {
        env: { PATH: process.env.PATH ?? '', HOME: home, ...atel?.env, ...env },
        input,
      }),
  };
}
