/** Answers the pipes work_summary, work_by_tool and work_trend from a log. */
import type { InferOutputRow } from '@tinybirdco/sdk';
import type { workByTool as byToolPipe } from '../pipes/work-by-tool.js';
import type { workSummary as summaryPipe } from '../pipes/work-summary.js';
import type { workTrend as trendPipe } from '../pipes/work-trend.js';
import type { LogEvent } from './event.js';
import { figuresOf, ratio } from './figures.js';
import type { Gatherer, LogWindow } from './gather.js';
import type { Period } from '../pipes/parts/period-names.js';
import { nextPeriod, periodStart } from './periods.js';
import { compare, endOf, isOfRun, REACH_MS, taskRuns, type WorkEnd } from './task-runs.js';
import type { EpochMs, Ms } from '../base/time/units.js';

const DAY_MS = 86_400_000;

/**
 * Gathers the ends of task runs and commands from a time on.
 *
 * @param since may be earlier than the requested window
 */
export function workEnds(since: EpochMs): Gatherer<WorkEnd[]> {
  const ofRuns: LogEvent[] = [];
  const commands: WorkEnd[] = [];
  return {
    add(event) {
      if (event.at < since - REACH_MS) return;
      if (isOfRun(event)) ofRuns.push(event);
      if (event.event === 'command_end') commands.push(endOf('command', event));
    },
    answer: () => [...taskRuns(ofRuns), ...commands].filter(({ at }) => at >= since),
  };
}

/** Length of a window. */
function lengthOf({ from, to, now }: LogWindow): Ms {
  return (to ?? now) - from;
}

/** Start of the previous window of the same length. */
export function startBefore(window: LogWindow): EpochMs {
  return window.from - lengthOf(window);
}

/** The ends in a window. */
function between(ends: readonly WorkEnd[], from: EpochMs, to: EpochMs): WorkEnd[] {
  return ends.filter(({ at }) => at >= from && at < to);
}

/** Answers the pipe work_summary from the ends since {@link startBefore}. */
export function workSummary(
  ends: readonly WorkEnd[],
  window: LogWindow,
): InferOutputRow<typeof summaryPipe>[] {
  const length = lengthOf(window);
  const before = metricsOf(between(ends, startBefore(window), window.from), length);
  const asked = metricsOf(between(ends, window.from, window.from + length), length);
  return Object.entries(asked).map(([metric, value]) => {
    const old = before[metric] ?? null;
    const change = value === null || old === null ? null : ratio(value - old, old);
    return { metric, value, value_before: old, change };
  });
}

function metricsOf(ends: readonly WorkEnd[], length: number): Record<string, number | null> {
  const { successful_runs: runs, successful_commands: commands, ...found } = figuresOf(ends);
  return {
    completed_tasks: found.completed_tasks,
    completed_tasks_per_day: ratio(found.completed_tasks, length / DAY_MS),
    task_runs: found.task_runs,
    failed_runs: found.failed_runs,
    run_success_rate: ratio(runs, runs + found.failed_runs),
    avg_run_ms: found.avg_run_ms,
    commands: found.commands,
    failed_commands: found.failed_commands,
    command_success_rate: ratio(commands, commands + found.failed_commands),
    avg_command_ms: found.avg_command_ms,
  };
}

/** Answers the pipe work_by_tool from the ends in the window. */
export function workByTool(ends: readonly WorkEnd[], window: LogWindow): InferOutputRow<typeof byToolPipe>[] {
  const asked = between(ends, window.from, window.from + lengthOf(window));
  return [...grouped(asked, ({ tool }) => tool)]
    .map(([tool_name, ofTool]) => {
      const { successful_runs: runs, successful_commands: commands, ...found } = figuresOf(ofTool);
      return {
        tool_name,
        commands: found.commands,
        failed_commands: found.failed_commands,
        command_failure_rate: ratio(found.failed_commands, commands + found.failed_commands),
        avg_command_ms: found.avg_command_ms,
        completed_tasks: found.completed_tasks,
        task_runs: found.task_runs,
        failed_runs: found.failed_runs,
        run_failure_rate: ratio(found.failed_runs, runs + found.failed_runs),
        avg_run_ms: found.avg_run_ms,
      };
    })
    .sort(
      (one, other) =>
        other.commands + other.task_runs - one.commands - one.task_runs ||
        compare(one.tool_name, other.tool_name),
    );
}

/**
 * Answers the pipe work_trend, in UTC, from the ends since the start of the window: one row per period, including empty
 * ones.
 */
export function workTrend(
  ends: readonly WorkEnd[],
  window: LogWindow,
  period: Period,
): InferOutputRow<typeof trendPipe>[] {
  const end = window.from + lengthOf(window);
  const byPeriod = grouped(between(ends, window.from, end), ({ at }) => periodStart(at, period));
  const rows = [];
  for (let start = periodStart(window.from, period); start < end; start = nextPeriod(start, period)) {
    const { successful_runs: _, successful_commands: __, ...figures } = figuresOf(byPeriod.get(start) ?? []);
    const at = new Date(start).toISOString().replace('T', ' ');
    rows.push({
      period_start: at.slice(0, period === 'hourly' ? 16 : 10),
      starts_at: at.slice(0, 19),
      is_partial: Number(start < window.from || nextPeriod(start, period) > end),
      ...figures,
    });
  }
  const largest = rows.reduce((most, { completed_tasks: tasks }) => Math.max(most, tasks), 0);
  return rows.map((row) => ({ ...row, completed_share_of_largest: ratio(row.completed_tasks, largest) }));
}

/** The window, extended to the start of its first period. */
export function widened(window: LogWindow, period: Period): LogWindow {
  return { ...window, from: periodStart(window.from, period), to: window.to ?? window.now };
}

function grouped<K>(ends: readonly WorkEnd[], keyOf: (end: WorkEnd) => K): Map<K, WorkEnd[]> {
  const groups = new Map<K, WorkEnd[]>();
  for (const end of ends) {
    const group = groups.get(keyOf(end)) ?? [];
    group.push(end);
    groups.set(keyOf(end), group);
  }
  return groups;
}
