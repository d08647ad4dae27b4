import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { exportTables } from '../../src/cli/actions/export-sources.js';
import { loadConfig } from '../../src/base/config.js';
import { homePaths } from '../../src/base/home.js';
import { loadHealth, saveHealth } from '../../src/drain/health.js';
import { Spool } from '../../src/spool/spool.js';
import { width } from '../../src/cli/render/text.js';
import { cli } from '../helpers/command-host.js';
import { run } from '../helpers/process.js';
import { startReplay, type Replay } from '../helpers/replay.js';
import {
  PHASES_WEEK,
  THAT_DAY,
  THAT_WEEK,
  useCapturedStore,
  WORK_WEEK,
  WORK_WEEKS,
} from './helpers/captured-store.js';
import { MARCH } from './helpers/made-up-rows.js';

/**
 * The output for a person. Read a changed golden file as a person would (alignment, names, units, headings), then
 * update it: `npx vitest run --config vitest.integration.config.ts tests/integration/golden.test.ts -u`.
 */
const store = useCapturedStore();

/** Each command is called four times with the same questions, whose answers the store computes once. */
let replay: Replay;
beforeAll(async () => {
  replay = await startReplay(store.atel.url);
});
afterAll(() => replay.close());

/** The store itself, for what depends on its address or changes with each call. */
const itself = () => ({});

/** Ports without a listener. */
const unserved = {
  TINYBIRD_URL: 'http://localhost:9',
  AGENT_TELEMETRY_API_PORT: '9',
  AGENT_TELEMETRY_DASHBOARD_PORT: '9',
  AGENT_TELEMETRY_COLLECTOR_PORT: '9',
};

/** No store, and a telemetry folder that does not exist. */
const nowhere = () => ({
  AGENT_TELEMETRY_HOME: join(store.home, 'none'),
  ...unserved,
});

/** A telemetry folder with waiting events, refused rows and a failed delivery. */
const troubled = () => ({
  AGENT_TELEMETRY_HOME: join(store.home, 'troubled'),
  ...unserved,
});

/** A telemetry folder with one dead letter, whose time is fixed. */
const deadLetter = () => ({ AGENT_TELEMETRY_HOME: join(store.home, 'dead'), ...unserved });

beforeAll(async () => {
  const { spool } = homePaths(deadLetter().AGENT_TELEMETRY_HOME);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-20T10:50:00Z') });
  await new Spool(spool).bury(
    { table: 'telemetry_events', row: { event_id: 'e1', timestamp: 'yesterday' } },
    "quarantined: value 'yesterday' on column 'timestamp' is not DateTime64(3, 'UTC')",
  );
  vi.useRealTimers();
});

beforeAll(async () => {
  const paths = homePaths(troubled().AGENT_TELEMETRY_HOME);
  mkdirSync(paths.inbox, { recursive: true });
  writeFileSync(join(paths.inbox, '1.json'), '{}');
  const reason = "quarantined: value 'yesterday' on column 'timestamp' is not DateTime64(3, 'UTC')";
  await new Spool(paths.spool).bury({ table: 'telemetry_events', row: {} }, `${reason}; ${reason}`);
  await saveHealth(paths.health, {
    ...(await loadHealth(
      paths.health,
      loadConfig({ env: troubled(), homeDir: store.home, platform: 'linux' }),
    )),
    storedAt: Date.parse('2026-11-20T10:50:00Z'),
    problem: { kind: 'unavailable', message: 'http://localhost:9 answered 503: try again later', since: 0 },
    unreadable: 2,
  });
});

/** What Claude Code gives its status line. */
const statusLineInput = JSON.stringify({
  model: { id: 'claude-opus-4-8', display_name: 'Opus 4.8' },
  cost: { total_cost_usd: 0.4231 },
  context_window: { used_percentage: 26.4, context_window_size: 200_000 },
  rate_limits: { five_hour: { used_percentage: 42.1 }, seven_day: { used_percentage: 7.4 } },
});

interface Shown {
  args: string[];
  env?: () => Record<string, string>;
  input?: string;
}

/** All commands with output for a person: name of the golden file, and arguments. */
const shown: Record<string, string[] | Shown> = {
  summary: ['summary', ...THAT_DAY],
  'summary-top': ['summary', ...THAT_DAY, '--top', '1'],
  'summary-explained': ['summary', ...THAT_DAY, '--explain'],
  'summary-empty': ['summary', '--since', '2020-01-01', '--until', '2020-02-01'],
  'summary-made-up': ['summary', ...MARCH],
  'alerts-empty': ['alerts', ...THAT_DAY],
  'alerts-history-empty': ['alerts', 'history', ...THAT_DAY],
  'budget-empty': ['budget'],
  daily: ['daily', ...THAT_DAY],
  'daily-made-up': ['daily', ...MARCH],
  'daily-breakdown': ['daily', ...MARCH, '--breakdown'],
  'daily-berlin': ['daily', ...MARCH, '--timezone', 'Europe/Berlin'],
  weekly: ['weekly', ...MARCH],
  monthly: ['monthly', '--since', '2026-01-01', '--until', '2026-12-01'],
  models: ['models', ...THAT_DAY],
  'models-made-up': ['models', ...MARCH],
  projects: ['projects', '--since', '2026-01-01', '--until', '2026-12-01'],
  'projects-empty': ['projects', '--since', '2020-01-01', '--until', '2020-02-01'],
  commits: ['commits', ...THAT_DAY],
  'commits-made-up': ['commits', ...MARCH],
  'commits-empty': ['commits', '--since', '2020-01-01', '--until', '2020-02-01'],
  'limits-made-up': ['limits', ...MARCH, '--past', '--by', 'agent'],
  'limits-empty': ['limits', '--since', '2020-01-01', '--until', '2020-02-01'],
  'checks-made-up': ['checks', ...MARCH],
  'checks-by-session': ['checks', '--by', 'session', ...MARCH],
  'checks-by-branch': ['checks', '--by', 'branch', ...MARCH],
  'checks-by-commit': ['checks', '--by', 'commit', ...MARCH],
  'checks-empty': ['checks', '--since', '2020-01-01', '--until', '2020-02-01'],
  outcomes: ['outcomes', ...THAT_DAY],
  'outcomes-made-up': ['outcomes', ...MARCH],
  'outcomes-branch': ['outcomes', ...MARCH, '--branch', 'main'],
  'outcomes-empty': ['outcomes', '--since', '2020-01-01', '--until', '2020-02-01'],
  prs: ['prs', ...THAT_DAY],
  'prs-made-up': ['prs', ...MARCH],
  'prs-empty': ['prs', '--since', '2020-01-01', '--until', '2020-02-01'],
  'trends-monthly': ['trends', '--monthly', '--since', '2025-12-01', '--until', '2026-04-01'],
  sessions: ['sessions', ...THAT_DAY],
  'sessions-page': ['sessions', ...THAT_DAY, '--limit', '2', '--timezone', 'Europe/Berlin'],
  'sessions-made-up': ['sessions', '--since', '2025-12-01', '--until', '2026-04-01'],
  session: ['session', '1111'],
  'session-made-up': ['session', 'session-of'],
  trends: ['trends', '--hourly', ...THAT_DAY],
  'trends-weekly': ['trends', '--weekly', '--since', '2026-11-02', '--until', '2026-11-30'],
  'trends-made-up': ['trends', ...MARCH],
  'summary-work': ['summary', ...WORK_WEEK],
  'trends-work': ['trends', '--weekly', ...WORK_WEEKS],
  trace: ['trace', 'ENH-70'],
  'trace-phases': ['trace', 'BUG-042', '--timezone', 'Europe/Berlin', '--explain'],
  agents: ['agents', ...THAT_DAY],
  'agents-made-up': ['agents', ...MARCH],
  skills: ['skills', ...THAT_DAY],
  'skills-made-up': ['skills', ...MARCH],
  audit: ['audit', ...THAT_DAY],
  'audit-empty': ['audit', '--since', '2020-01-01', '--until', '2020-02-01'],
  insights: ['insights', ...THAT_DAY],
  'insights-made-up': ['insights', ...MARCH],
  'insights-empty': ['insights', ...THAT_DAY, '--project', 'nowhere'],
  tasks: ['tasks', ...THAT_WEEK],
  'tasks-usage': ['tasks', ...PHASES_WEEK],
  'tasks-before-empty': ['tasks', ...THAT_DAY],
  'tasks-empty': ['tasks', '--since', '2020-01-01', '--until', '2020-02-01'],
  context: ['context', ...THAT_WEEK],
  'context-cost': ['context', ...THAT_DAY],
  'context-empty': ['context', '--since', '2020-01-01', '--until', '2020-02-01'],
  failures: ['failures', ...THAT_WEEK],
  'failures-tools': ['failures', ...THAT_DAY, '--top', '2'],
  'failures-made-up': ['failures', ...MARCH],
  'failures-empty': ['failures', '--since', '2020-01-01', '--until', '2020-02-01'],
  sql: ['sql', 'SELECT model, request_count, total_cost_usd FROM cost_by_model LIMIT 0'],
  'sql-rows': [
    'sql',
    `SELECT substring(best_session_id, 2) AS session, substring(best_model, 2) AS model, count() AS requests FROM requests FINAL WHERE week = toMonday(timestamp) AND timestamp >= '2026-11-20' AND timestamp < '2026-11-21' GROUP BY session, model ORDER BY session, model`,
  ],
  'sql-block': [
    'sql',
    `SELECT * EXCEPT (event_id, session_id, device) FROM session_summaries FINAL WHERE session_id = 'session-of-agents'`,
  ],
  flush: { args: ['flush'], env: itself },
  status: { args: ['status'], env: itself },
  'status-asleep': { args: ['status'], env: nowhere },
  doctor: { args: ['doctor'], env: itself },
  dead: { args: ['dead'], env: itself },
  'dead-troubled': { args: ['dead', 'show'], env: deadLetter },
  'doctor-troubled': { args: ['doctor'], env: troubled },
  'status-troubled': { args: ['status'], env: troubled },
  statusline: { args: ['statusline'], env: nowhere, input: statusLineInput },
};

const asShown = (how: string[] | Shown): Required<Shown> => ({
  env: () => ({ TINYBIRD_URL: replay.url }),
  input: '',
  ...(Array.isArray(how) ? { args: how } : how),
});

/** Replaces what differs in each run, with the same length: a port, a random folder, a time. */
const steady = (text: string) =>
  text
    .replaceAll(store.atel.url, 'http://localhost:PORT')
    .replaceAll(store.atel.apiUrl, 'http://127.0.0.1:PORT')
    .replaceAll(store.atel.dashboardUrl, 'http://127.0.0.1:PORT')
    .replaceAll(store.home, '/tmp/atel')
    .replace(/(?<=Collector.*127\.0\.0\.1:)\d{4,5}/, 'PORT')
    // The day from which the client deletes transcripts that were just written.
    .replace(/\d{4}-\d\d-\d\d(?= on\b)/, '2026-12-30')
    .replace(/(?<=Delivered.*)\d{4}-\d\d-\d\dT[\d:.]+Z/, '2026-11-20T10:50:00.000Z');

// eslint-disable-next-line no-control-regex -- colour codes are control sequences
const withoutColour = (text: string) => text.replace(/\u001b\[\d+m/g, '');

it.each(Object.entries(shown))(
  'the output of %s matches its golden file, at 80 and 120 columns, with and without colour',
  async (name, how) => {
    const { args, env, input } = asShown(how);
    for (const columns of [80, 120]) {
      const call = (colour: Record<string, string>) =>
        store.ask(args, { COLUMNS: String(columns), ...env(), ...colour }, input);
      const [text, coloured] = await Promise.all([call({}), call({ FORCE_COLOR: '1' })]);
      expect(text.stderr).toBe('');
      expect(text.stdout).not.toContain('\u001b');
      for (const line of text.stdout.split('\n')) expect(width(line), line).toBeLessThanOrEqual(columns);
      // The golden file has the colours; the plain text follows from it.
      expect(withoutColour(coloured.stdout)).toBe(text.stdout);
      await expect(steady(coloured.stdout)).toMatchFileSnapshot(`golden/${name}-${columns}-colour.txt`);
    }
  },
);

/** An entry of each command. */
const oneOfEach = new Map(Object.values(shown).map((how) => [asShown(how).args[0] ?? '', how]));

// The tests run most commands in one process (helpers/command-host.ts).
it.each([...oneOfEach])('atel %s prints the same in a process of its own', async (_, how) => {
  const { args, env, input } = asShown(how);
  const own = await run(process.execPath, [cli, ...args], { env: { ...store.env, ...env() }, input });
  expect(own).toEqual(await store.ask(args, env(), input));
});

/**
 * Commands without output, or with output that differs in each run (the duration of a backfill, a port); exports are
 * tested below.
 */
const others = [
  'backfill',
  'completion',
  // Tested in deploy-command.test.ts.
  'deploy',
  'down',
  'emit',
  'export',
  'hook-handler',
  // Tested in import.test.ts.
  'import',
  'init',
  // Tested in limits.test.ts and live-lines.test.ts: it is about now.
  'live',
  // Tested in mcp.test.ts.
  'mcp',
  'open',
  // Their output is tested in prices.test.ts.
  'prices',
  // Tested in privacy-tiers.test.ts.
  'privacy',
  'reprice',
  'restart',
  'prune',
  'run',
  // Tested in service.test.ts.
  'service',
  // Tested in store-command.test.ts.
  'store',
  'tinybird',
  'up',
];

it('every command has a golden file or a reason for having none', () => {
  expect([...oneOfEach.keys(), ...others].sort()).toEqual(commands.map(({ name }) => name).sort());
});

it('the output has no colour with NO_COLOR or in a pipe', async () => {
  const piped = await store.ask(['summary', ...THAT_DAY]);
  const refused = await store.ask(['summary', ...THAT_DAY], { NO_COLOR: '1', FORCE_COLOR: '1' });
  expect(piped.stdout).not.toContain('\u001b');
  expect(refused.stdout).toBe(piped.stdout);
});

it.each(exportTables)('the start of an export of %s matches its golden files', async (table) => {
  // The only column that differs between machines.
  const device = readFileSync(join(store.home, 'device'), 'utf8').trim();
  for (const format of ['csv', 'json', 'ndjson']) {
    const { code, stdout, stderr } = await store.ask([
      'export',
      ...THAT_DAY,
      ...['--table', table, '--format', format],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const head = stdout.split('\n').slice(0, 3).join('\n').replaceAll(device, 'DEVICE');
    await expect(`${head}\n`).toMatchFileSnapshot(`golden/export-${table}.${format}`);
  }
});
