/** Made-up rows for cases that no capture contains. */
import type { TinybirdClient } from '../../../src/store/client-types.js';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from './factories.js';
import { phaseRequests } from './task-example.js';

/** The week of the made-up rows, as command options; it is compared with the week before. */
export const MARCH = ['--since', '2026-03-09', '--until', '2026-03-16'];

const LONG_AGENT = 'security-and-performance-reviewer-of-very-large-pull-requests';
const LONG_BRANCH = 'feature/a-branch-with-a-name-that-is-rather-long';
const WIDE_AGENT = '文書レビュー担当エージェント';
const project = 'a-repository-with-a-rather-long-name-0badcafe';

/** Runs of a subagent: how many, with which model, and the price of its one request. */
const runs: { type: string; model: string; usd: number | null; count: number; day: number }[] = [
  { type: LONG_AGENT, model: 'claude-opus-4-8', usd: 0.6, count: 4, day: 10 },
  { type: LONG_AGENT, model: 'claude-haiku-4-5-20251001', usd: 0.05, count: 2, day: 11 },
  { type: WIDE_AGENT, model: 'somebody/else-1-preview', usd: null, count: 2, day: 12 },
];

/** Checks: tests that fail and then pass, a linter with an unknown outcome beside a type check, and a failed build. */
const checkRuns = [
  { check: 'test', at: '2026-03-13 11:50:00.000', status: 'failure', error_class: 'exit_1' },
  { check: 'test', at: '2026-03-13 11:58:00.000', status: 'success' },
  { check: 'lint', at: '2026-03-13 12:00:00.000', status: '', of: 2 },
  { check: 'type_check', at: '2026-03-13 12:00:00.000', status: 'success', of: 2 },
  {
    check: 'build',
    at: '2026-03-13 12:02:30.000',
    status: 'failure',
    error_class: 'exit_127',
    branch: LONG_BRANCH,
  },
];

/** A commit of a subagent, two commits of one call, an amended one on a branch with a long name, and a revert. */
const commits = [
  {
    hash: '0a1b2c3',
    timestamp: '2026-03-10 10:04:00.000',
    agent_id: 'agent-0-0',
    agent_type: LONG_AGENT,
    payload: { files: 3, lines_added: 1_204, lines_removed: 18 },
  },
  {
    hash: '1b2c3d4',
    timestamp: '2026-03-13 12:01:00.000',
    payload: { files: 1, lines_added: 1, lines_removed: 0 },
  },
  { hash: '2c3d4e5', timestamp: '2026-03-13 12:01:00.000', payload: { place: 1 } },
  {
    hash: '3d4e5f6',
    timestamp: '2026-03-13 12:02:00.000',
    payload: {
      kind: 'amended',
      branch: LONG_BRANCH,
      replaces: '2c3d4e5',
      first: '2c3d4e5',
      evidence: 'subject',
    },
  },
  {
    hash: '4e5f607',
    timestamp: '2026-03-13 12:03:00.000',
    payload: {
      kind: 'reverted',
      reverts: '1b2c3d4',
      evidence: 'subject',
      files: 1,
      lines_added: 0,
      lines_removed: 1,
    },
  },
];

/** Readings of limits: day and time in March 2026, name, used share, reset in March 2026, used and most USD. */
const readings = [
  ['13 11:00', 'five_hour', 0.25, '13T15:00'],
  ['13 14:00', 'five_hour', 1, '13T15:00'],
  ['15 21:00', 'five_hour', 0.14, '16T01:00'],
  ['15 23:00', 'five_hour', 0.42, '16T01:00'],
  ['15 23:00', 'seven_day', 0.93, '17T00:00'],
  ['15 23:00', 'seven_day_opus', 0.004, '17T00:00'],
  ['15 23:00', 'spend_limit', 0.24, null, 12, 50],
] as const;

/**
 * Stores what no capture contains: names that are long, wide or contain terminal control codes, large amounts, unknown
 * prices, an abandoned session, and every kind of hint. From 9 to 15 March 2026, and a little in the week before.
 */
export async function ingestMadeUp(client: TinybirdClient): Promise<void> {
  const base = { project };
  const at = (date: number, time = '12:00:00.000') => `2026-03-${String(date).padStart(2, '0')} ${time}`;
  const agents = runs.flatMap(({ type, count, day, ...of }, place) =>
    Array.from({ length: count }, (_, n) => ({ ...of, type, day, id: `agent-${place}-${n}`, hour: 10 + n })),
  );
  await Promise.all([
    client.apiRequests.ingest([
      ...agents.map(({ type, model, usd, id, day, hour }) =>
        makeApiRequestRow({
          ...base,
          session_id: 'session-of-agents',
          timestamp: at(day, `${hour}:00:30.000`),
          agent_id: id,
          agent_type: type,
          model,
          cost_usd: usd,
          input_tokens: 60_000,
          cache_read_tokens: 40_000,
        }),
      ),
      // 1,234.50 USD and two million tokens in the main thread.
      makeApiRequestRow({
        ...base,
        session_id: 'session-of-agents',
        timestamp: at(13),
        cost_usd: 1_234.5,
        git_branch: LONG_BRANCH,
        input_tokens: 2_000_000,
      }),
      makeApiRequestRow({ ...base, session_id: 'session-before', timestamp: at(4), cost_usd: 900 }),
      ...phaseRequests.map((one) => makeApiRequestRow({ ...base, session_id: 'phases-session', ...one })),
    ]),
    client.agentActivations.ingest(
      agents.flatMap(({ type, id, day, hour }) => [
        makeAgentActivationRow({
          ...base,
          session_id: 'session-of-agents',
          timestamp: at(day, `${hour}:00:00.000`),
          agent_id: id,
          agent_type: type,
        }),
        makeAgentActivationRow({
          ...base,
          session_id: 'session-of-agents',
          timestamp: at(day, `${hour}:04:10.000`),
          agent_id: id,
          agent_type: type,
          event: 'stop',
        }),
      ]),
    ),
    client.telemetryEvents.ingest([
      makeTelemetryEventRow({
        ...base,
        ...{ event: 'pull_request_state', source: 'git', session_id: '', pr_number: 1_234 },
        ...{ timestamp: at(12), status: 'merged', duration_ms: 183_600_000 },
        payload: JSON.stringify({
          ...{ repository: project, branch: LONG_BRANCH, merged_at: at(14, '15:00:00.000') },
          ...{ files: 3, lines_added: 1_204, lines_removed: 18 },
        }),
      }),
      makeTelemetryEventRow({
        ...base,
        ...{
          event: 'pull_request',
          session_id: 'session-of-agents',
          pr_number: 1_235,
          timestamp: at(13, '12:04:00.000'),
        },
        payload: JSON.stringify({ repository: project, branch: 'main' }),
      }),
      ...commits.map(({ payload, hash, ...of }) =>
        makeTelemetryEventRow({
          ...base,
          session_id: 'session-of-agents',
          event: 'commit',
          commit_hash: hash,
          payload: JSON.stringify({ kind: 'committed', place: 0, branch: 'main', ...payload }),
          ...of,
        }),
      ),
      ...readings.map(([at, limit, used, reset, used_usd = null, limit_usd = null]) =>
        makeTelemetryEventRow({
          ...{ event: 'limit_reading', session_id: '', project: '' },
          timestamp: `2026-03-${at}:00.000`,
          payload: JSON.stringify({
            ...{ limit, used, used_usd, limit_usd },
            resets_at: reset === null ? null : `2026-03-${reset}:00.000Z`,
          }),
        }),
      ),
      ...checkRuns.map(({ check, at: timestamp, status, error_class = '', of = 1, branch = 'main' }, n) =>
        makeTelemetryEventRow({
          ...base,
          ...{ session_id: 'session-of-agents', event: 'check_run', tool_name: 'Bash' },
          ...{ timestamp, status, error_class, tool_use_id: `check-call-${n}` },
          payload: JSON.stringify({ check, place: 0, checks: of, answered_after_ms: 95_000, branch }),
        }),
      ),
      ...Array.from({ length: 10 }, (_, n) =>
        makeTelemetryEventRow({
          ...base,
          session_id: 'session-of-agents',
          timestamp: at(13, `11:00:0${n}.000`),
          tool_name: 'mcp__a-server-with-a-long-name__look_something_up\u001b[2J',
          status: n < 3 ? 'failure' : 'success',
          error_class: n < 3 ? 'timeout' : '',
          duration_ms: 95_000,
        }),
      ),
    ]),
    client.skillActivations.ingest(
      [true, true, false, false, false].map((success, n) =>
        makeSkillActivationRow({
          ...base,
          session_id: 'session-of-agents',
          timestamp: at(13, `11:00:0${n}.000`),
          skill_name: 'a-plugin-of-some-company:prepare-the-quarterly-release-notes',
          success,
          error_class: success ? '' : 'error',
        }),
      ),
    ),
    client.sessionSummaries.ingest([
      makeSessionSummaryRow({
        ...base,
        session_id: 'session-of-agents',
        timestamp: at(13),
        started_at: at(10, '09:00:00.000'),
        last_activity_at: at(13),
        ended_at: null,
        end_reason: '',
        prompts: 3,
        tool_calls: 10,
        tool_failures: 3,
      }),
    ]),
  ]);
}
