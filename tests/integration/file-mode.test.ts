import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logSummarySchema, logTraceSchema, logTrendsSchema } from '../../src/schemas.js';
import { cli, runCommand } from '../helpers/command-host.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';
import { workLog } from './helpers/work-log.js';

const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');

/** A repository with a project log. The user has no telemetry folder, and no store is running. */
function project({ section = {}, log = workLog }: { section?: object; log?: string | null } = {}) {
  const root = tempFolder();
  const folder = join(root, 'shop');
  const file = join(folder, '.ll', 'telemetry.jsonl');
  mkdirSync(join(folder, '.ll'), { recursive: true });
  writeFileSync(join(folder, '.ll', 'll-config.json'), JSON.stringify({ telemetry: section }));
  if (log !== null) writeFileSync(file, log);
  const env = {
    PATH,
    HOME: root,
    GIT_CONFIG_NOSYSTEM: '1',
    AGENT_TELEMETRY_HOME: join(root, 'telemetry'),
    TINYBIRD_URL: 'http://localhost:9',
  };
  const at = (cwd: string, program: string, args: string[], more: Record<string, string> = {}) =>
    program === cli
      ? runCommand(args, { env: { ...env, ...more }, cwd })
      : run(process.execPath, [program, ...args], { env: { ...env, ...more }, cwd });
  return {
    root,
    folder,
    file,
    env,
    at,
    atel: (args: string[], more?: Record<string, string>) => at(folder, cli, args, more),
    json: async (args: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await at(folder, cli, [...args, '--json']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return JSON.parse(stdout);
    },
  };
}

const WEEK = ['--since', '2026-03-09', '--until', '2026-03-16'];
const MARCH = ['--since', '2026-02-23', '--until', '2026-03-23'];

describe('commands on a project log without a store', () => {
  it.each<[string, string[]]>([
    ['file-summary', ['summary', '--file', ...WEEK, '--explain']],
    ['file-summary-empty', ['summary', '--file', '--since', '2020-01-01', '--until', '2020-01-02']],
    ['file-trends', ['trends', '--file', '--weekly', ...MARCH]],
    ['file-trace', ['trace', 'ENH-70', '--file']],
  ])('the output of %s matches the golden file at 80 and 120 columns', async (name, args) => {
    const { atel, env, root } = project();
    for (const columns of [80, 120]) {
      const text = await atel(args, { COLUMNS: String(columns) });
      expect(text).toMatchObject({ code: 0, stderr: '' });
      for (const line of text.stdout.split('\n').filter((line) => !line.includes(root)))
        expect(line.length).toBeLessThanOrEqual(columns);
      await expect(text.stdout.replaceAll(root, 'ROOT')).toMatchFileSnapshot(`golden/${name}-${columns}.txt`);
    }
    expect(existsSync(env.AGENT_TELEMETRY_HOME)).toBe(false);
  });

  it('the JSON summary has velocity, rates, averages and tools as worked out by hand', async () => {
    const { json, file } = project();
    const answer = logSummarySchema.parse(await json(['summary', '--file', ...WEEK]));
    const value = Object.fromEntries(answer.work.map((row) => [row.metric, [row.value, row.value_before]]));
    expect(value).toMatchObject({
      completed_tasks: [2, 1],
      completed_tasks_per_day: [2 / 7, 1 / 7],
      run_success_rate: [1 / 2, 1 / 2],
      avg_run_ms: [1_037_000 / 4, 150_000],
      command_success_rate: [1 / 2, 1],
    });
    expect(answer.work_by_tool.map((row) => row.tool_name)).toEqual(['ll-auto', 'll-sprint', 'npm']);
    expect(answer.tools).toEqual([
      { tool_name: 'Read', calls: 17 },
      { tool_name: 'Bash', calls: 15 },
      { tool_name: 'Edit', calls: 5 },
    ]);
    expect(answer.log).toEqual({ file, events: 25, duplicates: 1, unreadable: 3, torn: true });
  });

  it('weekly trends work with both options, and an empty week is zero', async () => {
    const { json } = project();
    const weekly = logTrendsSchema.parse(await json(['trends', '--file', '--weekly', ...MARCH]));
    expect(await json(['trends', '--file', '--period', 'weekly', ...MARCH])).toEqual(weekly);
    expect(weekly.work.map((row) => [row.period_start, row.completed_tasks, row.commands])).toEqual([
      ['2026-02-23', 1, 0],
      ['2026-03-02', 1, 1],
      ['2026-03-09', 2, 3],
      ['2026-03-16', 0, 0],
    ]);
  });

  it('paging through a task returns each event once', async () => {
    const { json } = project();
    const all = logTraceSchema.parse(await json(['trace', 'ENH-70', '--file']));
    expect(all.events).toHaveLength(12);
    const seen: unknown[] = [];
    for (let cursor: string[] = []; ;) {
      const page = logTraceSchema.parse(await json(['trace', 'ENH-70', '--file', '--limit', '5', ...cursor]));
      seen.push(...page.events);
      if (page.next_cursor === null) break;
      cursor = ['--cursor', page.next_cursor];
    }
    expect(seen).toEqual(all.events);
  });

  it('an export as CSV, JSON and NDJSON has every additional key, with any filter', async () => {
    const { atel, file } = project();
    const ids = async (...args: string[]) => {
      const { stdout } = await atel(['export', '--file', ...MARCH, '--format', 'ndjson', ...args]);
      const rows = stdout.split('\n').filter((line) => line !== '');
      return rows.map((row) => (JSON.parse(row) as { event_id: string }).event_id);
    };
    expect(await ids()).toHaveLength(25);
    expect(await ids('--event', 'issue_complete', '--tool', 'll-sprint')).toEqual([
      'line-5',
      'line-8',
      'line-27',
    ]);
    expect(await ids('--task', 'ENH-70', '--since', '2026-03-10', '--until', '2026-03-11T08:02:00')).toEqual([
      'e-12',
    ]);

    const asJson = await atel(['export', '--file', file, ...MARCH, '--format', 'json', '--tool', 'll-auto']);
    expect(asJson.stderr).toBe('atel: 3 lines of the log are not events (the last one is incomplete).\n');
    const rows = JSON.parse(asJson.stdout) as Record<string, unknown>[];
    expect(rows).toHaveLength(9);
    expect(rows.find((row) => row.event_id === 'e-15')).toMatchObject({
      timestamp: '2026-03-11 08:02:40.000',
      tool_name: 'll-auto',
      task_id: 'ENH-70',
      duration_ms: 150_000,
      payload: '{"parent_id":"c-auto","extra":{"deep":["x, \\"y\\""]}}',
    });
    const csv = await atel(['export', '--file', ...MARCH, '--tool', 'll-auto', '--task', 'DOC-1']);
    expect(csv.stdout.split('\r\n')).toEqual([
      Object.keys(rows[0]!).join(','),
      'e-19,2026-03-12 09:00:00.000,,,,,,,,issue_complete,skipped,,ll-auto,100,DOC-1,,,,,{}',
      '',
    ]);
    const none = await atel(['export', '--file', ...MARCH, '--task', 'NOPE-1', '--out', '-']);
    expect(none).toMatchObject({ code: 0, stdout: `${Object.keys(rows[0]!).join(',')}\r\n` });
  });

  it('a log contains what emit and atel run wrote', async () => {
    const { atel, json } = project({ log: null });
    await atel(['emit', 'issue_start', 'task_id=T-1', 'tool=mine']);
    await atel(['run', '--task', 'T-1', '--phase', 'verify', '--', 'sh', '-c', 'exit 3']);
    await atel(['emit', 'issue_complete', 'task_id=T-1', 'tool=mine', 'status=done', 'duration_ms=1500']);
    const { work } = logSummarySchema.parse(await json(['summary', '--file']));
    const value = Object.fromEntries(work.map((row) => [row.metric, row.value]));
    expect(value).toMatchObject({ completed_tasks: 1, avg_run_ms: 1_500, commands: 1, failed_commands: 1 });
    const { stdout } = await atel(['trace', 'T-1', '--file']);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}task T-1 in mine +1\.5 s +success$/m);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d {4}sh \(verify\) .* failure +3$/m);
  });
});

describe('which log is read', () => {
  it('the log that is read is that of the settings, from any folder of any worktree, or the given one', async () => {
    const { root, folder, env, at, file } = project({ section: { log_path: 'logs/mine.ndjson' } });
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs', 'mine.ndjson'), '{"ts":"2026-03-09T10:00:00Z","event":"custom"}\n');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env });
    git('init', '--quiet');
    git('add', '.ll/ll-config.json');
    git('-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '--quiet', '--message=x');
    git('worktree', 'add', '--quiet', join(root, 'tree'));
    mkdirSync(join(root, 'tree', 'deep'));
    const { stdout } = await at(join(root, 'tree', 'deep'), cli, ['summary', '--file', '--json']);
    expect(logSummarySchema.parse(JSON.parse(stdout)).log).toMatchObject({
      file: join(folder, 'logs', 'mine.ndjson'),
      events: 1,
    });
    const given = await at(root, cli, ['summary', '--file', file, '--json']);
    expect(logSummarySchema.parse(JSON.parse(given.stdout)).log).toMatchObject({ file, events: 25 });
  });

  it('the command ll-telemetry reads the log without --file', async () => {
    const { root, folder, at } = project();
    const program = join(root, 'll-telemetry');
    symlinkSync(cli, program);
    for (const args of [
      ['summary', ...WEEK],
      ['trends', '--weekly', ...MARCH],
      ['trace', 'ENH-70'],
      ['export', ...MARCH],
      ['prune', '--dry-run'],
    ])
      expect(await at(folder, program, args)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/./) as string,
      });
    expect((await at(folder, program, ['trace', 'ENH-70'])).stdout).toContain('task ENH-70 (ENH)');
  });

  it.each<[string, string[], number, RegExp]>([
    [
      'an unknown task',
      ['trace', 'NOPE', '--file'],
      1,
      /no event in .*telemetry\.jsonl names the task "NOPE"/,
    ],
    ['a missing file', ['summary', '--file', 'gone.jsonl'], 1, /there is no file .*gone\.jsonl/],
    ['a folder', ['summary', '--file', '.'], 1, /is not a regular file\n$/],
    ['a project', ['summary', '--file', '--project', 'x'], 2, /--project needs the store/],
    ['a time zone', ['trends', '--file', '--timezone', 'Europe/Berlin'], 2, /--timezone needs the store/],
    ['a store table', ['export', '--file', '--table', 'requests'], 2, /--table requests needs the store/],
    ['an invalid time', ['summary', '--file', '--since', 'soon'], 2, /--since takes/],
    ['a given log without an age', ['prune', '--file', '.ll/telemetry.jsonl'], 2, /needs --older-than/],
    [
      'a file that is not a log',
      ['prune', '--file', '.ll/ll-config.json', '--older-than', '1d'],
      2,
      /takes a \.jsonl/,
    ],
  ])('a one-line error says what is wrong with %s', async (_, args, code, says) => {
    const result = await project().atel(args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^atel: [^\n]*\n$/);
    expect(result.stderr).toMatch(says);
  });

  it('the error says so if there is no log', async () => {
    const { atel, folder } = project({ log: null });
    expect((await atel(['summary', '--file'])).stderr).toMatch(/^atel: there is no .*telemetry\.jsonl yet: /);
    writeFileSync(join(folder, '.ll', 'll-config.json'), '{}');
    expect((await atel(['summary', '--file'])).stderr).toMatch(/^atel: This project has no log of its own/);
  });
});

describe('prune of a given log', () => {
  it('prune removes older events and keeps a link to the log a link', async () => {
    const { atel, file, folder } = project();
    symlinkSync(file, join(folder, 'link.jsonl'));
    appendFileSync(file, `\n{"ts":"${new Date().toISOString()}","event":"custom","name":"new"}\n`);
    const result = await atel(['prune', '--file', 'link.jsonl', '--older-than', '30d']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^25 events removed /);
    expect(readFileSync(join(folder, 'link.jsonl'), 'utf8')).toContain('"new"');
    expect(readFileSync(file, 'utf8')).toContain('"new"');
  });
});
