/** A store with the captured runs and made-up rows, shared by the tests of a file. */
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { cli, startAtel, type RunningAtel } from '../../helpers/atel.js';
import { runCommand } from '../../helpers/command-host.js';
import { captureTime, sessions, transcriptsFolder } from '../../helpers/captures.js';
import { run, type ProcessResult } from '../../helpers/process.js';
import { removeFolder } from '../../helpers/temp.js';
import { ingestMadeUp } from './made-up-rows.js';
import { at, phasesExample, taskExample } from './task-example.js';
import { workLines, workRows } from './work-log.js';

/** The day of the captured runs, as command options and as pipe parameters. */
export const THAT_DAY = ['--since', '2026-11-20', '--until', '2026-11-21'];
/** The week of the tasks, as command options. */
export const THAT_WEEK = ['--since', '2026-03-09', '--until', '2026-03-16'];
/** The week with requests in the phases of tasks, as command options. */
export const PHASES_WEEK = ['--since', '2026-05-04', '--until', '2026-05-11'];
/** One week of the log of the user's own tools, and four weeks around it, as command options. */
export const WORK_WEEK = ['--since', '2020-03-09', '--until', '2020-03-16'];
export const WORK_WEEKS = ['--since', '2020-02-24', '--until', '2020-03-23'];
export const day = { from: '2026-11-20 00:00:00', to: '2026-11-21 00:00:00' };

/**
 * Emits the events of a user's program with tasks in March, and of one inside a captured session. The drain delivers
 * them.
 */
async function emitTasks({ home, env }: RunningAtel): Promise<void> {
  const events = [
    ...taskExample(),
    ...phasesExample(),
    { event: 'issue_start', task_id: 'ENH-9', ts: at(15) },
    {
      event: 'command_end',
      tool: 'npm',
      task_id: 'ENH-6',
      phase: 'verify',
      result: 'failed',
      ts: at(13, 90),
    },
    {
      event: 'command_end',
      tool: 'npm',
      task_id: 'ENH-7',
      phase: 'verify',
      result: 'success',
      ts: at(14, 90),
    },
    {
      event: 'context_snapshot',
      task_id: 'BUG-1',
      estimated_tokens: 45_000,
      tool_calls: 23,
      breakdown: { Read: 12, Edit: 5, Bash: 6 },
      ts: at(9, 301),
    },
    {
      event: 'context_snapshot',
      task_id: 'BUG-91',
      estimated_tokens: 30_000,
      tool_calls: 20,
      ts: at(2, 200),
    },
    {
      event: 'context_snapshot',
      task_id: 'DOC-5',
      session_id: sessions.typedSkill,
      estimated_tokens: 21_500,
      ts: '2026-11-20T10:49:35Z',
    },
    { event: 'issue_complete', task_id: 'DOC-5', result: 'success', ts: '2026-11-20T11:00:00Z' },
  ];
  const code = `import { emit } from ${JSON.stringify(join(dirname(cli), 'index.js'))};
    for (const event of ${JSON.stringify(events)}) if (!emit(event).recorded) process.exitCode = 3;`;
  const told = await run(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: process.env.PATH ?? '', HOME: home, ...env },
  });
  if (told.code !== 0) throw new Error(`emit failed: ${told.stderr}`);
}

interface CapturedStore {
  readonly atel: RunningAtel;
  readonly home: string;
  /** The store's settings, and no others. */
  readonly env: Record<string, string>;
  /** Runs a command with them. */
  ask: (args: readonly string[], env?: Record<string, string>, input?: string) => Promise<ProcessResult>;
}

/**
 * A store for all tests of the file. It holds the captured runs on 2026-11-20; made-up rows in March 2026 for what no
 * capture has; and the log of a user's own tools, moved to 2020 so that it is apart from all others (9 March is a
 * Monday in 2020, too).
 */
export function useCapturedStore(): CapturedStore {
  const home = mkdtempSync(join(tmpdir(), 'atel-reading-'));
  let atel: RunningAtel | undefined;
  beforeAll(async () => {
    // A skill typed in the captures is recorded only if a skill of this name exists.
    const claude = join(home, '.claude');
    const skill = join(claude, 'skills', 'release-notes');
    mkdirSync(skill, { recursive: true });
    writeFileSync(join(skill, 'SKILL.md'), '---\nname: release-notes\n---\n');
    const transcripts = join(claude, 'projects', '-home-dev-shop');
    cpSync(transcriptsFolder, transcripts, { recursive: true });
    atel = await startAtel({ home });
    await emitTasks(atel);
    await atel.loadCaptures({ at: captureTime, transcripts });
    await ingestMadeUp(atel.client);
    await atel.client.telemetryEvents.ingest(
      workRows(workLines.map((line) => line.replaceAll('2026-', '2020-'))),
    );
  });
  afterAll(async () => {
    await atel?.stop();
    await removeFolder(home);
  });
  const env = () => ({ PATH: process.env.PATH ?? '', HOME: home, TZ: 'UTC', ...atel?.env });
  return {
    get env() {
      return env();
    },
    get atel() {
      if (atel === undefined) throw new Error('the store is not up yet');
      return atel;
    },
    home,
    ask: (args, more = {}, input = '') => runCommand(args, { env: { ...env(), ...more }, input }),
  };
}
