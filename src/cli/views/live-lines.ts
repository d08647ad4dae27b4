/** The lines of `atel live`. */
import { limitName } from '../../api/limit-name.js';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import type { EpochMs } from '../../base/time/units.js';
import type { RowsOf } from '../../store/question-types.js';
import { sparkline } from '../render/sparkline.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { plain } from '../render/text.js';
import { clock } from '../shared/answer.js';
import { storeMoment, wallClock } from '../shared/options.js';
import { shortModels } from './usage-table.js';

/** What `atel live` shows. */
export interface LiveFigures {
  today: RowsOf<'costTotal'>[number];
  lastHour: RowsOf<'costTotal'>[number];
  /** The hours of today. */
  hours: RowsOf<'costTrend'>;
  limits: RowsOf<'limitWindows'>;
  /** The active sessions, the last active first. */
  sessions: RowsOf<'sessionList'>;
  /** Starts and stops of subagents in the last hours. */
  activations: RowsOf<'agentActivationList'>;
}

/** A subagent that has started and not stopped. */
export interface RunningAgent {
  type: string;
  sessionId: string;
  startedAt: Date;
}

/** The subagents of the active sessions without a stop after their last start, the longest running first. */
export function runningAgents({ activations, sessions }: LiveFigures): RunningAgent[] {
  const active = new Set(sessions.map(({ session_id: id }) => id));
  const last = new Map(activations.map((row) => [`${row.session_id} ${row.agent_id}`, row]));
  return [...last.values()]
    .filter(({ event, session_id: id }) => event === 'start' && active.has(id))
    .map((row) => ({
      type: row.agent_type,
      sessionId: row.session_id,
      startedAt: storeMoment(row.timestamp),
    }));
}

/** The screen, at most `rows` lines. */
export function liveLines(
  figures: LiveFigures,
  { now, timezone, rows }: { now: EpochMs; timezone: string; rows: number },
  terminal: Terminal,
): string[] {
  const { paint } = terminal;
  const lines = [
    `${paint.bold('Today')}: ${spent(figures.today)}`,
    `Last hour: ${usd(figures.lastHour.total_cost_usd)} USD, ${plural(figures.lastHour.request_count, 'request')}. By hour: ${hoursOf(figures)}`,
    ...limitLines(figures.limits, now, timezone, terminal),
    '',
    ...sessionLines(figures.sessions, now, terminal),
    '',
    ...agentLines(runningAgents(figures), now, terminal),
  ];
  // What is cut is told.
  return lines.length <= rows
    ? lines
    : [...lines.slice(0, rows - 1), paint.dim(`and ${plural(lines.length - rows + 1, 'more line')}`)];
}

/** The first line: when the figures are from, and how to leave. */
export function liveTitle(at: EpochMs, timezone: string, trouble: string | null, terminal: Terminal): string {
  const { paint } = terminal;
  const from = `${wallClock(new Date(at), timezone).slice(11)} (${timezone})`;
  return trouble === null
    ? paint.dim(`atel live, ${from}. List prices. q ends it.`)
    : paint.yellow(plain(`Not current since ${from}: ${trouble}`));
}

function spent(total: LiveFigures['today']): string {
  const unpriced = total.unpriced_requests;
  return [
    `${usd(total.total_cost_usd)} USD`,
    plural(total.request_count, 'request'),
    `${compact(total.total_tokens)} tokens`,
    ...(unpriced === 0 ? [] : [`${grouped(unpriced)} without a price`]),
  ].join(', ');
}

const hoursOf = ({ hours }: LiveFigures) => sparkline(hours.map(({ total_cost_usd: cost }) => cost));

function limitLines(
  limits: LiveFigures['limits'],
  now: EpochMs,
  timezone: string,
  { paint }: Terminal,
): string[] {
  return limits
    .filter(({ is_current: isCurrent }) => isCurrent === 1)
    .map((row) => {
      const resets =
        row.resets_at === null
          ? ''
          : `, resets in ${duration(Math.max(0, storeMoment(row.resets_at).getTime() - now))}`;
      const end = row.reached_at ?? row.runs_out_at;
      const out =
        end === null
          ? ''
          : paint.red(
              `, ${row.reached_at === null ? 'runs' : 'ran'} out ${clock(storeMoment(end), timezone)}`,
            );
      return `Limit, ${plain(limitName(row.limit))}: ${percent(row.used)} used${resets}${out}`;
    });
}

function sessionLines(sessions: LiveFigures['sessions'], now: EpochMs, terminal: Terminal): string[] {
  if (sessions.length === 0) return ['No session is active.'];
  const money = usdColumn(sessions.map((row) => row.total_cost_usd));
  const short = shortModels(sessions.flatMap(({ models }) => models));
  const ago = (at: string | null) =>
    at === null ? 'unknown' : `${duration(Math.max(0, now - storeMoment(at).getTime()))} ago`;
  const columns: Column<(typeof sessions)[number]>[] = [
    { title: 'Active session', cell: ({ session_id: id }) => id.slice(0, 8) || 'unknown' },
    { title: 'Project', cell: ({ project }) => (project === '' ? 'unknown' : project), shrinksTo: 10 },
    {
      title: 'Model',
      cell: ({ models: [first] }) => (first === undefined ? '–' : short(first)),
      shrinksTo: 8,
      spare: 1,
    },
    { title: 'Last seen', cell: ({ last_activity: at }) => ago(at) },
    {
      title: 'Prompts',
      align: 'right',
      cell: ({ prompts }) => (prompts === null ? '–' : grouped(prompts)),
      spare: 2,
    },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count), spare: 3 },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens) },
    { title: 'USD', align: 'right', cell: (row) => money(row.total_cost_usd) },
  ];
  return table(sessions, columns, terminal);
}

function agentLines(agents: readonly RunningAgent[], now: EpochMs, terminal: Terminal): string[] {
  if (agents.length === 0) return ['No subagent is running.'];
  const columns: Column<RunningAgent>[] = [
    { title: 'Running subagent', cell: ({ type }) => type || 'unknown', shrinksTo: 14 },
    { title: 'Session', cell: ({ sessionId }) => sessionId.slice(0, 8) },
    {
      title: 'For',
      align: 'right',
      cell: ({ startedAt }) => duration(Math.max(0, now - startedAt.getTime())),
    },
  ];
  return table(agents, columns, terminal);
}
