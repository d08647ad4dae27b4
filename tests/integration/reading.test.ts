import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentsSchema,
  contextSchema,
  failuresSchema,
  insightsSchema,
  sessionDetailSchema,
  sessionsSchema,
  skillsSchema,
  summarySchema,
  tasksSchema,
  traceSchema,
  trendsSchema,
} from '../../src/cli/schemas.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { billedRequests, clientResults, sessions } from '../helpers/captures.js';
import { run, type ProcessResult } from '../helpers/process.js';
import { at, taskExample, week } from './helpers/task-example.js';
import { workLines, workRows } from './helpers/work-log.js';

const home = mkdtempSync(join(tmpdir(), 'atel-reading-'));
let atel: RunningAtel;

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

beforeAll(async () => {
  atel = await startAtel({ home });
  await emitTasks();
  await atel.loadCaptures({ at: captureTime });
  // Six years earlier, out of the way of all the rest; the 9th of March is a Monday then too.
  await atel.client.telemetryEvents.ingest(
    workRows(workLines.map((line) => line.replaceAll('2026-', '2020-'))),
  );
});

/** A program of a user's own that tells of tasks, in March; one of a captured session. The drain takes them along. */
async function emitTasks(): Promise<void> {
  const events = [
    ...taskExample(),
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
    env: { PATH: process.env.PATH ?? '', HOME: home, ...atel.env },
  });
  expect(told).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
}

afterAll(async () => {
  await atel.stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

const THAT_DAY = ['--since', '2026-11-20', '--until', '2026-11-21'];
const day = { from: '2026-11-20 00:00:00', to: '2026-11-21 00:00:00' };
const THAT_MARCH = ['--since', '2020-02-24', '--until', '2020-03-23'];
const THAT_WEEK = ['--since', '2026-03-09', '--until', '2026-03-16'];

function ask(args: string[], env: Record<string, string> = {}, input = ''): Promise<ProcessResult> {
  return run(process.execPath, [cli, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: home, ...atel.env, ...env },
    input,
  });
}

async function json(args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await ask([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const shown: [name: string, args: string[]][] = [
  ['summary', ['summary', ...THAT_DAY]],
  ['sessions', ['sessions', ...THAT_DAY]],
  ['session', ['session', '1111']],
  ['trends', ['trends', '--hourly', ...THAT_DAY]],
  ['trends-weekly', ['trends', '--weekly', '--since', '2026-11-02', '--until', '2026-11-30']],
  ['summary-work', ['summary', '--since', '2020-03-09', '--until', '2020-03-16']],
  ['trends-work', ['trends', '--weekly', ...THAT_MARCH]],
  ['trace', ['trace', 'ENH-70']],
  ['trace-phases', ['trace', 'BUG-042', '--timezone', 'Europe/Berlin', '--explain']],
  ['agents', ['agents', ...THAT_DAY]],
  ['skills', ['skills', ...THAT_DAY]],
  ['insights', ['insights', ...THAT_DAY]],
  ['tasks', ['tasks', ...THAT_WEEK]],
  ['tasks-before-empty', ['tasks', ...THAT_DAY]],
  ['tasks-empty', ['tasks', '--since', '2020-01-01', '--until', '2020-02-01']],
  ['context', ['context', ...THAT_WEEK]],
  ['context-cost', ['context', ...THAT_DAY]],
  ['context-empty', ['context', '--since', '2020-01-01', '--until', '2020-02-01']],
  ['failures', ['failures', ...THAT_WEEK]],
  ['failures-tools', ['failures', ...THAT_DAY, '--top', '2']],
  ['failures-empty', ['failures', '--since', '2020-01-01', '--until', '2020-02-01']],
  ['summary-explained', ['summary', ...THAT_DAY, '--explain']],
  ['summary-empty', ['summary', '--since', '2020-01-01', '--until', '2020-02-01']],
  ['sql', ['sql', 'SELECT model, request_count, total_cost_usd FROM cost_by_model LIMIT 0']],
];

// eslint-disable-next-line no-control-regex -- colour codes are control sequences
const withoutColour = (text: string) => text.replace(/\u001b\[\d+m/g, '');

describe('what a person sees', () => {
  it.each(shown)(
    'of %s is as it was reviewed, at 80 and 120 columns, with and without colour',
    async (name, args) => {
      for (const columns of [80, 120]) {
        const text = await ask(args, { COLUMNS: String(columns) });
        expect(text).toMatchObject({ code: 0, stderr: '' });
        expect(text.stdout).not.toContain('\u001b');
        for (const line of text.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
        await expect(text.stdout).toMatchFileSnapshot(`golden/${name}-${columns}.txt`);

        const coloured = await ask(args, { COLUMNS: String(columns), FORCE_COLOR: '1' });
        expect(withoutColour(coloured.stdout)).toBe(text.stdout);
        await expect(coloured.stdout).toMatchFileSnapshot(`golden/${name}-${columns}-colour.txt`);
      }
    },
  );

  it('is in colour neither with NO_COLOR nor in a pipe', async () => {
    const piped = await ask(['summary', ...THAT_DAY]);
    const refused = await ask(['summary', ...THAT_DAY], { NO_COLOR: '1', FORCE_COLOR: '1' });
    expect(piped.stdout).not.toContain('\u001b');
    expect(refused.stdout).toBe(piped.stdout);
  });
});

describe('what a program reads', () => {
  it('of summary is what the pipes say, and what the client billed', async () => {
    const answer = summarySchema.parse(await json(['summary', ...THAT_DAY]));
    expect(answer.window).toEqual({
      from: '2026-11-20T00:00:00.000Z',
      to: '2026-11-21T00:00:00.000Z',
      timezone: 'UTC',
      project: null,
    });
    expect(answer.metrics).toEqual(await atel.client.usageSummary.query(day));
    expect(answer.cost).toEqual(await atel.client.costByPart.query(day));
    expect(answer.tools).toEqual(await atel.client.toolUsage.query(day));
    expect(answer.work).toEqual(await atel.client.workSummary.query(day));
    expect(answer.work_by_tool).toEqual(await atel.client.workByTool.query(day));

    const value = (name: string) => answer.metrics.find(({ metric }) => metric === name)?.value;
    const runs = clientResults();
    expect(value('cost_usd')).toBeCloseTo(
      runs.reduce((sum, { total_cost_usd: cost }) => sum + cost, 0),
      9,
    );
    expect(value('requests')).toBe(billedRequests().length);
    expect(value('sessions')).toBe(Object.keys(sessions).length);
  });

  it('of sessions pages through all of them once', async () => {
    const all = sessionsSchema.parse(await json(['sessions', ...THAT_DAY]));
    expect(all.next_cursor).toBeNull();
    expect(all.sessions).toEqual(await atel.client.sessionOverview.query(day));
    const seen: string[] = [];
    for (let cursor: string[] = []; ;) {
      const page = sessionsSchema.parse(await json(['sessions', ...THAT_DAY, '--limit', '1', ...cursor]));
      seen.push(...page.sessions.map(({ session_id: id }) => id));
      if (page.next_cursor === null) break;
      cursor = ['--cursor', page.next_cursor];
    }
    expect(seen).toEqual(all.sessions.map(({ session_id: id }) => id));
    const none = await json(['sessions', ...THAT_DAY, '--status', 'active']);
    expect(sessionsSchema.parse(none).sessions).toEqual([]);
  });

  it('of a session is its overview, timeline and threads, and the prompts sum to it', async () => {
    const answer = sessionDetailSchema.parse(await json(['session', '1111']));
    const id = { session_id: sessions.first };
    expect([answer.session]).toEqual(await atel.client.sessionOverview.query(id));
    expect(answer.timeline).toEqual(await atel.client.sessionTimeline.query(id));
    expect(answer.threads).toEqual(await atel.client.sessionThreads.query(id));
    for (const kind of ['prompt', 'request']) {
      const rows = answer.timeline.filter((row) => row.kind === kind);
      const sum = rows.reduce((cost, row) => cost + (row.total_cost_usd ?? NaN), 0);
      expect(sum).toBeCloseTo(answer.session.total_cost_usd ?? NaN, 9);
    }
  });

  it('of a task is what the pipe says, and pages through all of it once', async () => {
    const all = traceSchema.parse(await json(['trace', 'ENH-70']));
    expect(all).toEqual({
      task_id: 'ENH-70',
      events: await atel.client.taskTrace.query({ task_id: 'ENH-70' }),
      next_cursor: null,
    });
    const seen: unknown[] = [];
    for (let cursor: string[] = []; ;) {
      const page = traceSchema.parse(await json(['trace', 'ENH-70', '--limit', '5', ...cursor]));
      seen.push(...page.events);
      if (page.next_cursor === null) break;
      cursor = ['--cursor', page.next_cursor];
    }
    expect(seen).toEqual(all.events);
    expect(seen).toHaveLength(12);
  });

  it('of trends, agents, skills and insights is what the pipes say', async () => {
    const trends = trendsSchema.parse(await json(['trends', '--hourly', ...THAT_DAY]));
    expect(trends.periods).toEqual(await atel.client.costTrend.query({ ...day, period: 'hourly' }));
    expect(trends.periods).toHaveLength(24);
    expect(trends.work).toEqual(await atel.client.workTrend.query({ ...day, period: 'hourly' }));
    const agents = agentsSchema.parse(await json(['agents', ...THAT_DAY]));
    expect(agents.agents).toEqual(await atel.client.agentUsageSummary.query(day));
    expect(agents.efficiency).toEqual(await atel.client.optimizationInsights.query(day));
    const skills = skillsSchema.parse(await json(['skills', ...THAT_DAY]));
    expect(skills.skills).toEqual(await atel.client.skillFrequency.query(day));
    expect(skills.cost).toEqual(await atel.client.costBySkill.query(day));
    const insights = insightsSchema.parse(await json(['insights', ...THAT_DAY]));
    expect(insights.hints).toEqual(await atel.client.usageHints.query(day));
  });

  it('of tasks, context and failures is what the pipes say', async () => {
    const metrics = await atel.client.taskSummary.query(week);
    const tasks = tasksSchema.parse(await json(['tasks', ...THAT_WEEK]));
    expect(tasks.metrics).toEqual(metrics);
    expect(tasks.phases).toEqual(await atel.client.taskPhases.query(week));
    const context = contextSchema.parse(await json(['context', ...THAT_WEEK, '--top', '1']));
    expect(context.metrics).toEqual(metrics);
    expect(context.tasks).toEqual(await atel.client.taskContext.query(week));
    const failures = failuresSchema.parse(await json(['failures', ...THAT_DAY]));
    expect(failures.metrics).toEqual(await atel.client.taskSummary.query(day));
    expect(failures.parts).toEqual(await atel.client.taskFailures.query(day));
    expect(failures.tools).toEqual(await atel.client.toolUsage.query(day));

    const valueOf = (name: string) => metrics.find(({ metric }) => metric === name);
    expect(valueOf('avg_run_ms')).toMatchObject({ value: 306_000, value_before: 192_000 });
    expect(valueOf('unfinished_tasks')).toMatchObject({ value: 1, value_before: 0 });
    expect(tasks.phases[0]).toMatchObject({ phase: 'implement', is_bottleneck: 1 });
    expect(tasks.phases[0]?.change_share).toBeCloseTo(0.8, 12);
  });

  it('of context has the tokens and the cost of the session that worked at a task', async () => {
    const { tasks } = contextSchema.parse(await json(['context', ...THAT_DAY]));
    const [session] = await atel.client.sessionOverview.query({ session_id: sessions.typedSkill });
    expect(tasks).toMatchObject([
      {
        task: 'DOC-5',
        outcome: 'success',
        estimated_tokens: 21_500,
        request_count: session?.request_count,
        total_tokens: session?.total_tokens,
        total_cost_usd: session?.total_cost_usd,
      },
    ]);
    expect(session?.request_count).toBeGreaterThan(0);
  });

  it('names the pipes and their parameters with --explain', async () => {
    const answer = skillsSchema.parse(await json(['skills', '--since', '7d', '--project', 'x', '--explain']));
    const params = { days: 7, project: 'x' };
    expect(answer.explain).toEqual([
      { pipe: 'skill_frequency', params },
      { pipe: 'cost_by_skill', params },
    ]);
  });
});

describe('a time that is asked about', () => {
  it('is read in the given zone', async () => {
    const berlin = ['--since', '2026-11-20', '--until', '2026-11-21', '--timezone', 'Europe/Berlin'];
    const answer = summarySchema.parse(await json(['summary', ...berlin]));
    expect(answer.window).toMatchObject({
      from: '2026-11-19T23:00:00.000Z',
      to: '2026-11-20T23:00:00.000Z',
    });
  });

  it.each([
    ['no time', ['summary', '--since', 'soon'], '--since takes 7d'],
    ['a day that there is not', ['summary', '--since', '2026-02-30'], '--since takes 7d'],
    [
      'an end before the beginning',
      ['summary', ...THAT_DAY.slice(0, 2), '--until', '2026-11-19'],
      'not after',
    ],
    ['no time zone', ['summary', '--timezone', 'Mars'], '--timezone takes'],
    ['no period', ['trends', '--period', 'yearly'], '--period takes'],
    ['two periods', ['trends', '--weekly', '--daily'], 'not both'],
    ['no count', ['sessions', '--limit', '0'], '--limit takes'],
    ['no state', ['sessions', '--status', 'done'], '--status takes'],
    ['no cursor', ['sessions', '--cursor', '!'], '--cursor takes'],
    ['no count of events', ['trace', 'x', '--limit', 'all'], '--limit takes'],
    ['no place in a task', ['trace', 'x', '--cursor', '!'], '--cursor takes'],
    ['a task of another table', ['export', '--task', 'x'], 'add --table events'],
    ['no count of tasks', ['context', '--top', 'all'], '--top takes'],
    ['no table', ['export', '--table', 'users'], '--table takes'],
    ['no format', ['export', '--format', 'xml'], '--format takes'],
    ['an unknown option', ['summary', '--colour'], "unknown option '--colour'"],
    ['a missing argument', ['session'], "missing required argument 'id'"],
  ])('%s is a wrong use: one line, exit code 2', async (_, args, says) => {
    const result = await ask(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(says);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });
});

describe('what goes wrong', () => {
  it.each([
    ['a session that there is not', ['session', 'nothing'], 'no session begins with "nothing"'],
    ['a task that there is not', ['trace', 'NOPE-1'], 'no event names the task "NOPE-1"'],
    [
      'a task of another project',
      ['trace', 'ENH-70', '--project', 'x'],
      'no event names the task "ENH-70" in x',
    ],
    ['a beginning of two sessions', ['session', ''], 'begins more than one session'],
    ['a query that writes', ['sql', 'DROP TABLE requests'], 'only SELECT'],
    ['a query that is none', ['sql', 'SELECT nonsense'], 'nonsense'],
    ['a file that cannot be written', ['export', '--out', '/nonexistent/x.csv'], '/nonexistent/x.csv'],
  ])('%s is one line, exit code 1', async (_, args, says) => {
    const result = await ask(args);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^atel: [^\n]*\n$/);
    expect(result.stderr).toContain(says);
  });

  it('is told where nothing was ever recorded', async () => {
    const empty = join(home, 'none');
    const result = await ask(['summary'], {
      AGENT_TELEMETRY_HOME: empty,
      TINYBIRD_URL: 'http://localhost:9',
    });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^atel: nothing was recorded yet [^\n]*atel init[^\n]*\n$/);
  });
});

describe('atel export', () => {
  it('writes every request once, as CSV, JSON and NDJSON', async () => {
    const want = await atel.client.requestList.query({ ...day, limit: 100 });
    expect(want).toHaveLength(23);
    const asJson = await ask(['export', ...THAT_DAY, '--format', 'json']);
    expect(JSON.parse(asJson.stdout)).toEqual(want);
    const lines = (await ask(['export', ...THAT_DAY, '--format', 'ndjson'])).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(want);
    const [head, ...rows] = (await ask(['export', ...THAT_DAY])).stdout.trimEnd().split('\r\n');
    expect(head).toBe(Object.keys(want[0]!).join(','));
    expect(rows).toHaveLength(23);
    const empty = await ask(['export', '--since', '2020-01-01', '--until', '2020-01-02', '--format', 'json']);
    expect(JSON.parse(empty.stdout)).toEqual([]);
  });

  it('narrows events by name, tool and task, each and together', async () => {
    const rows = async (...args: string[]) => {
      const { stdout } = await ask([
        'export',
        ...THAT_MARCH,
        '--table',
        'events',
        '--format',
        'ndjson',
        ...args,
      ]);
      return stdout.split('\n').filter((line) => line !== '').length;
    };
    expect(await rows()).toBe(25);
    expect(await rows('--event', 'issue_complete')).toBe(8);
    expect(await rows('--tool', 'll-auto')).toBe(9);
    expect(await rows('--task', 'ENH-70')).toBe(6);
    expect(await rows('--event', 'issue_complete', '--tool', 'll-auto', '--task', 'ENH-70')).toBe(1);
    expect(await rows('--task', "x' OR 1 = 1 --")).toBe(0);
  });

  it('writes to a file that others cannot read', async () => {
    const file = join(home, 'events.ndjson');
    const result = await ask([
      'export',
      ...THAT_DAY,
      '--table',
      'events',
      '--format',
      'ndjson',
      '--out',
      file,
    ]);
    const rows = readFileSync(file, 'utf8').trim().split('\n');
    expect(result).toMatchObject({ code: 0, stdout: `export: ${rows.length} rows written to ${file}\n` });
    expect(rows.length).toBeGreaterThan(16);
  });
});

describe('atel statusline', () => {
  const given = {
    model: { id: 'claude-opus-4-8', display_name: 'Opus 4.8' },
    cost: { total_cost_usd: 0.4231 },
    context_window: { used_percentage: 26.4, context_window_size: 200_000 },
  };

  it('shows what the client hands over, with the cost of today from the store', async () => {
    const result = await ask(['statusline'], {}, JSON.stringify(given));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^Opus 4\.8 \| 0\.42 USD, today \d+\.\d\d \| context 26 % of 200k\n$/);
  });

  it('is silent about what it cannot know, and never fails', async () => {
    const elsewhere = { AGENT_TELEMETRY_HOME: join(home, 'none'), TINYBIRD_URL: 'http://localhost:9' };
    expect(await ask(['statusline'], elsewhere, JSON.stringify(given))).toMatchObject({
      code: 0,
      stdout: 'Opus 4.8 | 0.42 USD | context 26 % of 200k\n',
      stderr: '',
    });
    expect(await ask(['statusline'], elsewhere, 'no JSON')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
});
