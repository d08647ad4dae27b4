import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentsSchema,
  insightsSchema,
  sessionDetailSchema,
  sessionsSchema,
  skillsSchema,
  summarySchema,
  trendsSchema,
} from '../../src/cli/schemas.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { billedRequests, captureTime, clientResults, sessions } from '../helpers/captures.js';
import { parquetRows } from '../helpers/parquet.js';
import { run, type ProcessResult } from '../helpers/process.js';

const home = mkdtempSync(join(tmpdir(), 'atel-reading-'));
let atel: RunningAtel;

beforeAll(async () => {
  atel = await startAtel({ home });
  await atel.loadCaptures({ at: captureTime });
});

afterAll(async () => {
  await atel.stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

const THAT_DAY = ['--since', '2026-11-20', '--until', '2026-11-21'];
const day = { from: '2026-11-20 00:00:00', to: '2026-11-21 00:00:00' };

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
  ['agents', ['agents', ...THAT_DAY]],
  ['skills', ['skills', ...THAT_DAY]],
  ['insights', ['insights', ...THAT_DAY]],
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

  it('of trends, agents, skills and insights is what the pipes say', async () => {
    const trends = trendsSchema.parse(await json(['trends', '--hourly', ...THAT_DAY]));
    expect(trends.periods).toEqual(await atel.client.costTrend.query({ ...day, period: 'hourly' }));
    expect(trends.periods).toHaveLength(24);
    const agents = agentsSchema.parse(await json(['agents', ...THAT_DAY]));
    expect(agents.agents).toEqual(await atel.client.agentUsageSummary.query(day));
    expect(agents.efficiency).toEqual(await atel.client.optimizationInsights.query(day));
    const skills = skillsSchema.parse(await json(['skills', ...THAT_DAY]));
    expect(skills.skills).toEqual(await atel.client.skillFrequency.query(day));
    expect(skills.cost).toEqual(await atel.client.costBySkill.query(day));
    const insights = insightsSchema.parse(await json(['insights', ...THAT_DAY]));
    expect(insights.hints).toEqual(await atel.client.usageHints.query(day));
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

describe('atel export --format parquet', () => {
  const file = join(home, 'rows.parquet');
  const written = (...args: string[]) =>
    ask(['export', ...THAT_DAY, '--format', 'parquet', '--out', file, ...args]);

  it('writes the requests that the pipe tells', async () => {
    expect(await written()).toMatchObject({ code: 0, stderr: '' });
    const want = await atel.client.requestList.query({ ...day, limit: 100 });
    const told = (row: Record<string, unknown>) => [
      row.request_key,
      row.model,
      row.total_tokens,
      row.cost_usd,
    ];
    expect((await parquetRows(file)).map(told)).toEqual(want.map(told));
  });

  it.each([
    ['sessions', 4],
    ['agents', 6],
    // Of the three, the one that was typed names no skill that is installed here.
    ['skills', 2],
  ])('writes the %s, in a file that others cannot read', async (table, count) => {
    expect(await written('--table', table)).toMatchObject({ code: 0, stderr: '' });
    expect(await parquetRows(file)).toHaveLength(count);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('writes every event once', async () => {
    expect(await written('--table', 'events')).toMatchObject({ code: 0, stderr: '' });
    const [{ count } = {}] = await atel.client.sql('SELECT count() AS count FROM telemetry_events FINAL');
    expect(await parquetRows(file)).toHaveLength(Number(count));
  });

  it('needs a file: exit code 2 without one', async () => {
    const result = await ask(['export', '--format', 'parquet']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('--out');
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
