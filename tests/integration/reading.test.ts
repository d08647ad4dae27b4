import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  contextSchema,
  failuresSchema,
  schemas,
  sessionDetailSchema,
  sessionsSchema,
  summarySchema,
  tasksSchema,
  traceSchema,
} from '../../src/schemas.js';
import { rowsSchema } from '../../src/store/row-schema.js';
import * as catalogue from '../../src/pipes/index.js';
import { cli } from '../helpers/atel.js';
import { until } from '../helpers/background.js';
import { billedRequests, clientResults, sessions } from '../helpers/captures.js';
import { parquetRows } from '../helpers/parquet.js';
import { run } from '../helpers/process.js';
import { startReplay, type Replay } from '../helpers/replay.js';
import {
  day,
  PHASES_WEEK,
  THAT_DAY,
  THAT_WEEK,
  useCapturedStore,
  WORK_WEEK,
  WORK_WEEKS,
} from './helpers/captured-store.js';
import { MARCH } from './helpers/made-up-rows.js';
import { week } from './helpers/task-example.js';

const store = useCapturedStore();
const { ask, home } = store;

/** The store computes an answer once for tests that look at it in several ways. */
let replay: Replay;
beforeAll(async () => {
  replay = await startReplay(store.atel.url);
});
afterAll(() => replay.close());

async function json(args: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { code, stdout, stderr } = await ask([...args, '--json'], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** All commands with --json, with the arguments used here. */
const asked: Record<keyof typeof schemas, string[][]> = {
  agents: [
    ['agents', ...THAT_DAY],
    ['agents', ...MARCH],
    ['agents', '--since', '3650d'],
  ],
  alerts: [['alerts'], ['alerts', 'history', ...THAT_DAY]],
  audit: [['audit', ...THAT_DAY]],
  backfill: [['backfill', '--root', home]],
  budget: [['budget']],
  checks: [
    ['checks', ...MARCH],
    ['checks', '--by', 'commit', ...MARCH],
    ['checks', '--since', '2020-01-01', '--until', '2020-02-01'],
  ],
  commits: [
    ['commits', ...MARCH],
    ['commits', ...THAT_DAY],
    ['commits', '--since', '2020-01-01', '--until', '2020-02-01'],
  ],
  context: [
    ['context', ...THAT_WEEK],
    ['context', ...THAT_DAY],
  ],
  daily: [
    ['daily', ...THAT_DAY],
    ['daily', ...MARCH, '--breakdown', '--timezone', 'Europe/Berlin'],
  ],
  dead: [['dead']],
  doctor: [['doctor']],
  failures: [
    ['failures', ...THAT_WEEK],
    ['failures', ...THAT_DAY],
  ],
  insights: [
    ['insights', ...THAT_DAY],
    ['insights', ...MARCH],
  ],
  limits: [['limits', ...MARCH]],
  models: [
    ['models', ...THAT_DAY],
    ['models', '--since', '2020-01-01', '--until', '2020-02-01'],
  ],
  monthly: [['monthly', ...MARCH]],
  projects: [['projects', ...MARCH]],
  prices: [['prices']],
  outcomes: [
    ['outcomes', ...MARCH],
    ['outcomes', '--since', '2020-01-01', '--until', '2020-02-01'],
  ],
  prs: [
    ['prs', ...MARCH],
    ['prs', '--since', '2020-01-01', '--until', '2020-02-01'],
  ],
  session: [
    ['session', '1111'],
    ['session', 'session-of'],
  ],
  sessions: [
    ['sessions', ...THAT_DAY],
    ['sessions', ...THAT_DAY, '--limit', '1'],
    ['sessions', '--since', '3650d', '--status', 'abandoned', '--project', 'nowhere'],
  ],
  skills: [
    ['skills', ...THAT_DAY],
    ['skills', ...MARCH],
  ],
  sql: [['sql', 'SELECT model, request_count FROM cost_by_model']],
  status: [['status']],
  summary: [
    ['summary', ...THAT_DAY],
    ['summary', ...MARCH],
    ['summary', ...WORK_WEEK],
    ['summary', '--since', '2020-01-01', '--until', '2026-12-01'],
  ],
  tasks: [
    ['tasks', ...THAT_WEEK],
    ['tasks', ...THAT_DAY],
    ['tasks', ...PHASES_WEEK],
  ],
  weekly: [['weekly', ...MARCH]],
  trace: [
    ['trace', 'ENH-70'],
    ['trace', 'ENH-70', '--limit', '5'],
    ['trace', 'BUG-042', '--timezone', 'Europe/Berlin'],
  ],
  trends: [
    ['trends', '--hourly', ...THAT_DAY],
    ['trends', '--weekly', ...WORK_WEEKS],
    ['trends', ...MARCH, '--timezone', 'America/New_York'],
    ['trends', '--monthly', '--since', '2025-11-15'],
    ['trends', '--monthly', '--since', '300d'],
  ],
};

const answers = Object.entries(asked).flatMap(([command, ways]) =>
  ways.map((args) => [args.join(' '), command as keyof typeof schemas, args] as const),
);

/** The schemas of the fields of an answer; none if the answer is not an object. */
function fieldsOf(command: keyof typeof schemas): Record<string, z.ZodMiniType> {
  const schema = schemas[command];
  return 'shape' in schema ? schema.shape : {};
}

/** The answer of a pipe to parameters as they are sent. */
async function answerOf(pipe: string, params: Record<string, string | number>): Promise<unknown[]> {
  const accessor = Object.entries(catalogue).find(([, { _name }]) => _name === pipe)?.[0];
  const { date_from: from, date_to: to, ...rest } = params;
  const questions = store.atel.client as unknown as Record<
    string,
    { query: (params: object) => Promise<unknown[]> } | undefined
  >;
  const question = questions[accessor ?? ''];
  if (question === undefined) throw new Error(`there is no pipe ${pipe}`);
  return question.query({ ...rest, from, to });
}

/** The same with its numbers rounded to twelve digits. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'number' ? Number(one.toPrecision(12)) : one,
  );

/** The pipe that has the rows of another one in a column, for commands that ask several at once. */
const overviewOf: Partial<Record<string, string>> = {
  usage_summary: 'usage_overview',
  cost_by_part: 'usage_overview',
  tool_usage: 'usage_overview',
  work_summary: 'work_overview',
  work_by_tool: 'work_overview',
};

const explained = z.looseObject({
  explain: z.array(
    z.object({ pipe: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) }),
  ),
});

describe('the JSON output of commands', () => {
  it('every command with --json has a known schema', async () => {
    // The completion script names the options of each command.
    const { stdout } = await ask(['completion', 'bash']);
    const cases = [...stdout.matchAll(/^ {4}([\w-]+)\)\n(?: {6}files=\w+\n)? {6}words='([^']*)'$/gm)];
    const withJson = cases.filter(([, , words = '']) => words.split(' ').includes('--json'));
    expect(Object.keys(schemas).sort()).toEqual(withJson.map(([, name]) => name).sort());
  });

  it.each(answers)('%s --json matches its schema', async (_, command, args) => {
    // What these say of the store itself depends on its address.
    const env = ['status', 'doctor', 'dead', 'backfill'].includes(command)
      ? {}
      : { TINYBIRD_URL: replay.url };
    const answer = await json(args, env);
    expect(schemas[command].parse(answer)).toEqual(answer);
  });

  // The rows of prices join the counts of a pipe with the price file, those of budget add the active sessions.
  it.each(
    answers.filter(
      ([, command]) => 'explain' in fieldsOf(command) && command !== 'prices' && command !== 'budget',
    ),
  )('%s: each figure is the one of the pipe that --explain names', async (_, command, args) => {
    const answer = await json([...args, '--explain'], { TINYBIRD_URL: replay.url });
    expect(schemas[command].parse(answer)).toEqual(answer);
    const { explain, ...fields } = explained.parse(answer);
    const used = new Set<string>();
    for (const [name, schema] of Object.entries(fieldsOf(command))) {
      const pipe = z.globalRegistry.get(schema)?.pipe;
      if (typeof pipe !== 'string') continue;
      const asked = explain.some((one) => one.pipe === pipe) ? pipe : (overviewOf[pipe] ?? pipe);
      const [source, ...others] = explain.filter((one) => one.pipe === asked);
      expect(others).toEqual([]);
      const field = fields[name];
      // Alerts: what was not asked is empty.
      if (command === 'alerts' && source === undefined) {
        expect(field).toEqual([]);
        continue;
      }
      used.add(asked);
      const rows = await answerOf(pipe, source!.params);
      // Null: the pipe has no row.
      const shown = Array.isArray(field) ? field : field === null ? [] : [field];
      // A page requests one row more than it shows.
      const more = typeof fields.next_cursor === 'string' ? 1 : 0;
      // Without any work, the summary has no figures of it; the pipe has zeros.
      if (asked === 'work_overview' && shown.length === 0) {
        expect(rows.filter((row) => (row as { value?: number }).value)).toEqual([]);
        continue;
      }
      const page = rows.slice(0, rows.length - more);
      // An overview adds the same floating point numbers in another order.
      if (asked === pipe) expect(shown).toEqual(page);
      else expect(rounded(shown)).toEqual(rounded(page));
    }
    expect([...used].sort()).toEqual(explain.map(({ pipe }) => pipe).sort());
  });

  it('the summary has what the client billed', async () => {
    const answer = summarySchema.parse(await json(['summary', ...THAT_DAY]));
    expect(answer.window).toEqual({
      from: '2026-11-20T00:00:00.000Z',
      to: '2026-11-21T00:00:00.000Z',
      timezone: 'UTC',
      project: null,
    });
    const value = (name: string) => answer.metrics.find(({ metric }) => metric === name)?.value;
    const runs = clientResults();
    expect(value('cost_usd')).toBeCloseTo(
      runs.reduce((sum, { total_cost_usd: cost }) => sum + cost, 0),
      9,
    );
    expect(value('requests')).toBe(billedRequests().length);
    expect(value('sessions')).toBe(Object.keys(sessions).length);
  });

  it('paging through the sessions returns each once', async () => {
    const all = sessionsSchema.parse(await json(['sessions', ...THAT_DAY]));
    expect(all.next_cursor).toBeNull();
    expect(all.sessions).toEqual(await store.atel.client.sessionOverview.query(day));
    const seen: string[] = [];
    for (let cursor: string[] = []; ;) {
      const page = sessionsSchema.parse(await json(['sessions', ...THAT_DAY, '--limit', '1', ...cursor]));
      seen.push(...page.sessions.map(({ session_id: id }) => id));
      if (page.next_cursor === null) break;
      cursor = ['--cursor', page.next_cursor];
    }
    expect(seen).toEqual(all.sessions.map(({ session_id: id }) => id));
  });

  it('sessions are sorted by cost, the cheapest first, page by page', async () => {
    const cheapest = ['--sort', 'cost', '--order', 'asc', '--limit', '2'];
    const first = sessionsSchema.parse(await json(['sessions', ...THAT_DAY, ...cheapest]));
    const cursor = first.next_cursor ?? '';
    const second = sessionsSchema.parse(
      await json(['sessions', ...THAT_DAY, ...cheapest, '--cursor', cursor]),
    );
    expect(second.next_cursor).toBeNull();
    const found = [...first.sessions, ...second.sessions].map(({ total_cost_usd: cost }) => cost ?? NaN);
    expect(found).toHaveLength(4);
    expect(found).toEqual([...found].sort((one, other) => one - other));
  });

  it('the prompts and the requests of a session each sum to its totals', async () => {
    const answer = sessionDetailSchema.parse(await json(['session', '1111']));
    expect([answer.session]).toEqual(
      await store.atel.client.sessionOverview.query({ session_id: sessions.first }),
    );
    for (const kind of ['prompt', 'request']) {
      const rows = answer.timeline.filter((row) => row.kind === kind);
      const sum = rows.reduce((cost, row) => cost + (row.total_cost_usd ?? NaN), 0);
      expect(sum).toBeCloseTo(answer.session.total_cost_usd ?? NaN, 9);
    }
  });

  it('paging through a task returns each event once', async () => {
    const all = traceSchema.parse(await json(['trace', 'ENH-70']));
    expect(all.next_cursor).toBeNull();
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

  it('tasks, context and failures have the figures of the pipes', async () => {
    const metrics = await store.atel.client.taskSummary.query(week);
    const tasks = tasksSchema.parse(await json(['tasks', ...THAT_WEEK]));
    expect(tasks.metrics).toEqual(metrics);
    expect(tasks.phases).toEqual(await store.atel.client.taskPhases.query(week));
    const context = contextSchema.parse(await json(['context', ...THAT_WEEK, '--top', '1']));
    expect(context.metrics).toEqual(metrics);
    expect(context.tasks).toEqual(await store.atel.client.taskContext.query(week));
    const failures = failuresSchema.parse(await json(['failures', ...THAT_DAY]));
    expect(failures.metrics).toEqual(await store.atel.client.taskSummary.query(day));
    expect(failures.parts).toEqual(await store.atel.client.taskFailures.query(day));
    expect(failures.tools).toEqual(await store.atel.client.toolUsage.query(day));
    expect(failures.matrix).toEqual(await store.atel.client.reliabilityMatrix.query(day));
    expect(failures.loops).toEqual(await store.atel.client.loops.query(day));

    const valueOf = (name: string) => metrics.find(({ metric }) => metric === name);
    expect(valueOf('avg_run_ms')).toMatchObject({ value: 306_000, value_before: 192_000 });
    expect(valueOf('unfinished_tasks')).toMatchObject({ value: 1, value_before: 0 });
    expect(tasks.phases[0]).toMatchObject({ phase: 'implement', is_bottleneck: 1 });
    expect(tasks.phases[0]?.change_share).toBeCloseTo(0.8, 12);
  });

  it('context has the tokens and the cost of the session that worked on a task', async () => {
    const { tasks } = contextSchema.parse(await json(['context', ...THAT_DAY]));
    const [session] = await store.atel.client.sessionOverview.query({ session_id: sessions.typedSkill });
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
    expect(session?.request_count).toBe(2);
  });

  it('tasks has the tokens of the requests that were made in each phase', async () => {
    const answer = tasksSchema.parse(await json(['tasks', ...PHASES_WEEK]));
    expect(answer.phase_usage).toMatchObject([
      { phase: 'regenerate-and-compare-all-of-the-golden-files', request_count: 1, total_tokens: 60_900 },
      { phase: 'implement', request_count: 2, total_tokens: 41_800, total_cost_usd: 2.25 },
      { phase: 'verify', request_count: 1, total_tokens: 1_900, total_cost_usd: 0.05 },
      { phase: 'unattributed', request_count: 1, total_tokens: 5_900, total_cost_usd: null },
    ]);
  });
});

describe('period options', () => {
  it('a rolling trend names the window that it answers, from the start of its first period', async () => {
    const answer = await ask(['trends', '--monthly', '--since', '300d', '--json']);
    const { window, periods } = schemas.trends.parse(JSON.parse(answer.stdout));
    expect(window.from).toMatch(/^\d{4}-\d\d-01T00:00:00.000Z$/);
    expect(periods[0]).toMatchObject({ period_start: window.from.slice(0, 10), is_partial: 0 });
  });

  it('a day is read in the given time zone', async () => {
    const berlin = ['--since', '2026-11-20', '--until', '2026-11-21', '--timezone', 'Europe/Berlin'];
    const answer = summarySchema.parse(await json(['summary', ...berlin]));
    expect(answer.window).toMatchObject({
      from: '2026-11-19T23:00:00.000Z',
      to: '2026-11-20T23:00:00.000Z',
    });
  });

  it.each([
    ['an invalid time', ['summary', '--since', 'soon'], '--since takes 10m, 24h, 7d'],
    [
      'a day that does not exist',
      ['summary', '--since', '2026-02-30'],
      'not "2026-02-30": the last day of that month is 2026-02-28',
    ],
    ['an end before the start', ['summary', ...THAT_DAY.slice(0, 2), '--until', '2026-11-19'], 'not after'],
    ['an unknown time zone', ['summary', '--timezone', 'Mars'], '--timezone takes'],
    ['an unknown period', ['trends', '--period', 'yearly'], '--period takes'],
    ['two periods', ['trends', '--weekly', '--daily'], 'not both'],
    ['an invalid count', ['sessions', '--limit', '0'], '--limit takes'],
    ['an unknown state', ['sessions', '--status', 'done'], '--status takes'],
    ['an unknown order', ['sessions', '--order', 'up'], '--order takes desc, asc'],
    ['an unknown figure to sort by', ['sessions', '--sort', 'joy'], '--sort takes activity, started'],
    ['an invalid cursor', ['sessions', '--cursor', '!'], '--cursor takes'],
    ['an invalid count of tasks', ['context', '--top', 'all'], '--top takes'],
    ['an invalid count of events', ['trace', 'x', '--limit', 'all'], '--limit takes'],
    ['an invalid cursor in a task', ['trace', 'x', '--cursor', '!'], '--cursor takes'],
    ['a task for a table other than events', ['export', '--task', 'x'], 'add --table events'],
    ['an unknown table', ['export', '--table', 'users'], '--table takes'],
    ['an unknown format', ['export', '--format', 'xml'], '--format takes'],
    ['a table as traces', ['export', '--format', 'otel', '--table', 'requests'], '--table is for rows'],
    ['Parquet on stdout', ['export', '--format', 'parquet', '--out', '-'], 'needs --out FILE'],
    ['an unknown option', ['summary', '--colour'], "unknown option '--colour'"],
    ['a missing argument', ['session'], "missing required argument 'id'"],
    ['an empty id', ['session', ''], '<id> is empty'],
    ['an empty task', ['trace', ' '], '<task> is empty'],
    ['an empty query', ['sql', ''], '<query> is empty'],
    ['FORMAT in a query', ['sql', 'SELECT 1 FORMAT CSV;'], 'without FORMAT CSV'],
  ])('%s is wrong usage: one line and exit code 2', async (_, args, says) => {
    const result = await ask(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(says);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });
});

describe('atel sql', () => {
  // 2^53 + 1, the largest UInt64, and values that stay numbers.
  const numbers = `SELECT toUInt64(9007199254740993) AS odd, -toInt64(9007199254740993) AS negative, 18446744073709551615 AS largest, [toUInt64(9007199254740995)] AS list, toDecimal128('12345678901234567890.25', 2) AS money, 0.1 + 0.2 AS float, 7 AS small`;

  it('a number is shown with all its digits', async () => {
    expect(await json(['sql', numbers])).toEqual([
      {
        odd: '9007199254740993',
        negative: '-9007199254740993',
        largest: '18446744073709551615',
        list: ['9007199254740995'],
        money: '12345678901234567890.25',
        float: 0.1 + 0.2,
        small: 7,
      },
    ]);
    const { stdout } = await ask(['sql', 'SELECT toUInt64(9007199254740993) AS odd, 1 AS one']);
    expect(stdout).toBe('             odd  one\n9007199254740993    1\n1 row\n');
  });
});

describe('failing commands', () => {
  it.each([
    ['an unknown session', ['session', 'nothing'], 'no session begins with "nothing"'],
    ['an unknown task', ['trace', 'NOPE-1'], 'no event names the task "NOPE-1"'],
    [
      'a task of another project',
      ['trace', 'ENH-70', '--project', 'x'],
      'no event names the task "ENH-70" in x',
    ],
    ['an ambiguous start of a session id', ['session', 'session-'], 'begins more than one session'],
    ['a query that writes', ['sql', 'DROP TABLE requests'], 'only SELECT'],
    ['an invalid query', ['sql', 'SELECT nonsense'], 'nonsense'],
    ['a file that cannot be written', ['export', '--out', '/nonexistent/x.csv'], '/nonexistent/x.csv'],
  ])('%s gives one line and exit code 1', async (_, args, says) => {
    const result = await ask(args);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^atel: [^\n]*\n$/);
    expect(result.stderr).toContain(says);
  });

  it.runIf(existsSync('/dev/full')).each([['summary', ...THAT_DAY], ['status'], ['completion', 'bash']])(
    'an output that cannot be written gives one line: %s',
    async (...args) => {
      // By a shell: the store may be in this process, which must go on answering.
      const { code, stderr } = await run(
        'sh',
        ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, cli, ...args],
        {
          env: { PATH: process.env.PATH ?? '', HOME: home, ...store.atel.env },
        },
      );
      expect(stderr).toMatch(/^atel: the output cannot be written: [^\n]*\n$/);
      expect(code).toBe(1);
    },
  );

  it("days are those of this machine's time zone, which the heading names; JSON stays in UTC", async () => {
    // In Tokyo the captured sessions of 10:49 in UTC are at 19:49, in Honolulu at 00:49.
    const tokyo = await ask(['sessions', ...THAT_DAY], { TZ: 'Asia/Tokyo' });
    expect(tokyo.stdout).toContain('2026-11-20 to 2026-11-21 (Asia/Tokyo)');
    expect(tokyo.stdout).toContain('11-20 19:49');
    const honolulu = await ask(['sessions', ...THAT_DAY], { TZ: 'Pacific/Honolulu' });
    expect(honolulu.stdout).toContain('11-20 00:49');
    // In Kiritimati it is already the next day.
    const kiritimati = await ask(['daily', '--since', '2026-11-21', '--until', '2026-11-22'], {
      TZ: 'Pacific/Kiritimati',
    });
    expect(kiritimati.stdout).toMatch(/^2026-11-21 .*opus-4-8/m);
    const options = { TZ: 'Pacific/Kiritimati' };
    const utc = await ask(['daily', ...THAT_DAY, '--json'], options);
    expect(JSON.parse(utc.stdout)).toEqual(await json(['daily', ...THAT_DAY]));
    const chosen = await ask(['daily', ...THAT_DAY, '--timezone', 'UTC'], options);
    expect(chosen.stdout).toContain('2026-11-20 to 2026-11-21 (UTC)');
  });

  it.each(['', 'Foo/Bar', ':/etc/localtime'])('with TZ=%j, --timezone local asks for a zone', async (TZ) => {
    const result = await ask(['summary', '--timezone', 'local'], { TZ });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toBe(
      `atel: --timezone local: the time zone of this machine is unknown (TZ is "${TZ}"); name it, e.g. Europe/Berlin\n`,
    );
  });

  it('for a project without its hash, the output shows what project names look like', async () => {
    const { stdout } = await ask(['summary', ...THAT_DAY, '--project', 'shop']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'No sessions for the project shop in this period. A name ends with a hash, as in shop-7815fea6: atel sessions shows it.',
    );
  });

  it('the output says so if nothing was ever recorded', async () => {
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
  it('atel export writes every request once, as CSV, JSON and NDJSON', async () => {
    const want = await store.atel.client.requestList.query({ ...day, limit: 100 });
    expect(want).toHaveLength(23);
    rowsSchema(catalogue.requestList).parse(want);
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

  // The captured runs, and the made-up rows of March and May 2026.
  it.each([
    ['requests', 23 + 8 + 2 + 5],
    ['sessions', 4 + 3],
    ['agents', 6 + 16],
    ['skills', 3 + 5],
  ])(
    'an export of all %s has their %i rows as CSV, and one without any has the column names',
    async (table, count) => {
      const of = ['export', '--table', table];
      const full = await ask([...of, '--since', '2026-01-01']);
      const empty = await ask([...of, '--since', '2020-01-01', '--until', '2020-01-02']);
      // The column names come first, and the last row ends with a line break.
      expect(full.stdout.split('\r\n')).toHaveLength(count + 2);
      expect(empty).toMatchObject({ code: 0, stderr: '', stdout: `${full.stdout.split('\r\n')[0]}\r\n` });
    },
  );

  /** How many events the store has from a moment on, and until another. */
  const eventsBetween = async (from: string, to: string) => {
    const [row] = await store.atel.client.sql(
      `SELECT count() AS rows FROM telemetry_events FINAL WHERE timestamp >= '${from}' AND timestamp < '${to}' FORMAT JSON`,
    );
    return Number(row?.rows);
  };

  it('an export of all events has those of the store as CSV, and one without any has the column names', async () => {
    const full = await ask(['export', '--table', 'events', '--since', '2026-01-01']);
    const [head, ...rows] = full.stdout.split('\r\n');
    expect(rows).toHaveLength((await eventsBetween('2026-01-01', '2099-01-01')) + 1);
    const empty = await ask([
      'export',
      '--table',
      'events',
      '--since',
      '2019-01-01',
      '--until',
      '2019-01-02',
    ]);
    expect(empty).toMatchObject({ code: 0, stderr: '', stdout: `${head}\r\n` });
  });

  it('the file name - means stdout', async () => {
    const { stdout } = await ask(['export', ...THAT_DAY]);
    expect(await ask(['export', ...THAT_DAY, '--out', '-'])).toMatchObject({ code: 0, stdout, stderr: '' });
    expect(existsSync('-')).toBe(false);
  });

  it('events are filtered by name, tool and task, separately and combined', async () => {
    const rows = async (...args: string[]) => {
      const { stdout } = await ask([
        'export',
        ...WORK_WEEKS,
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

  it('the exported file is readable only by the owner', async () => {
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
    expect(rows).toHaveLength(await eventsBetween('2026-11-20', '2026-11-21'));
  });
});

describe('atel export --format parquet', () => {
  const file = join(home, 'rows.parquet');
  const written = (...args: string[]) =>
    ask(['export', ...THAT_DAY, '--format', 'parquet', '--out', file, ...args]);

  it('the file has the requests of the pipe', async () => {
    expect(await written()).toMatchObject({ code: 0, stderr: '' });
    const want = await store.atel.client.requestList.query({ ...day, limit: 100 });
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
    // Two that the model used, and release-notes, which was typed and is installed here.
    ['skills', 3],
  ])('the file has the %s and is readable only by the owner', async (table, count) => {
    expect(await written('--table', table)).toMatchObject({ code: 0, stderr: '' });
    expect(await parquetRows(file)).toHaveLength(count);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('the file has every event once', async () => {
    expect(await written('--table', 'events')).toMatchObject({ code: 0, stderr: '' });
    const [{ count } = {}] = await store.atel.client.sql(
      "SELECT count() AS count FROM telemetry_events FINAL WHERE toDate(timestamp, 'UTC') = '2026-11-20'",
    );
    expect(await parquetRows(file)).toHaveLength(Number(count));
  });

  it('without --out, the exit code is 2', async () => {
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

  const kept = join(home, 'contexts', 'today.statusline');
  const line = () => ask(['statusline'], {}, JSON.stringify(given));
  const midnight = () => new Date().setHours(0, 0, 0, 0);
  /** Caches an answer of the store that is this many minutes old, without a later request. */
  const keep = (minutes: number, cost_usd: number) => {
    mkdirSync(dirname(kept), { recursive: true });
    rmSync(`${kept}.asked`, { force: true });
    writeFileSync(kept, JSON.stringify({ at: Date.now() - minutes * 60_000, day: midnight(), cost_usd }));
  };
  const keptAt = () => (JSON.parse(readFileSync(kept, 'utf8')) as { at: number }).at;

  it('atel statusline shows the figures of the client, and from the second call on the cost of today', async () => {
    rmSync(`${kept}.asked`, { force: true });
    rmSync(kept, { force: true });
    const first = await line();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toBe('Opus 4.8 | 0.42 USD | context 26 % of 200k\n');
    await until('the store was asked', () => existsSync(kept));
    const [total] = await store.atel.client.costTotal.query({ from: new Date(midnight()) });
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ cost_usd: total?.total_cost_usd });
    expect((await line()).stdout).toMatch(
      /^Opus 4\.8 \| 0\.42 USD, today \d+\.\d\d \| context 26 % of 200k\n$/,
    );
  });

  it('atel statusline shows an old cost with its age, and has a new one fetched', async () => {
    keep(10, 99);
    const old = keptAt();
    expect((await line()).stdout).toMatch(/today 99\.00 \(1\d min old\) \|/);
    await until('the store was asked', () => keptAt() !== old);
    expect((await line()).stdout).not.toContain('99.00');
  });

  it('init --statusline configures it for Claude Code', async () => {
    const project = join(home, 'wired');
    mkdirSync(project);
    expect(await ask(['init', '--project', project, '--statusline'])).toMatchObject({ code: 0, stderr: '' });
    const file = join(project, '.claude', 'settings.local.json');
    const { statusLine } = JSON.parse(readFileSync(file, 'utf8')) as { statusLine: { command: string } };
    keep(0, 3);
    const wired = (env: Record<string, string>) =>
      run('sh', ['-c', statusLine.command], { env, input: JSON.stringify(given) });
    const env = { PATH: process.env.PATH ?? '', HOME: join(home, 'elsewhere') };
    expect(await wired({ ...env, ...store.atel.env })).toMatchObject({
      code: 0,
      stdout: 'Opus 4.8 | 0.42 USD, today 3.00 | context 26 % of 200k\n',
      stderr: '',
    });
    // A colleague who does not have atel.
    expect(await wired(env)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('atel statusline never waits for the store, and asks an unresponsive one only once', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    keep(0.75, 7);
    for (let n = 0; n < 3; n += 1) {
      const result = await ask(['statusline'], { TINYBIRD_URL: url }, JSON.stringify(given));
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain('today 7.00 |');
    }
    await until('the store is asked', () => sockets.length > 0);
    expect(sockets).toHaveLength(1);
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  it('atel statusline leaves out what is unknown, and never fails', async () => {
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
