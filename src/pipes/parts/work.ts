/** The ends of runs and commands, and the figures over them. */
import type { NodeDefinition } from '@tinybirdco/sdk';
import { windowEnd } from './window.js';
import { commandOutcome, taskEvents, taskRuns } from './task-runs.js';

/** Nodes that {@link workEnds} reads. */
export const workNodes = (since: string): NodeDefinition[] => [taskEvents(since), taskRuns()];

/**
 * What ended since a given time, one row each: runs of tasks (kind `run`) and commands (kind `command`). It is no node:
 * each node over task_runs makes the start of the store slower.
 *
 * @param since start, inclusive
 */
export const workEnds = (since: string) => `(
  SELECT
    'run' AS kind,
    assumeNotNull(completed_at) AS ended_at,
    project,
    task_id,
    tool,
    outcome,
    run_ms AS took_ms
  FROM task_runs
  WHERE is_run
    AND completed_at >= ${since}
    AND completed_at < ${windowEnd}
  UNION ALL
  SELECT
    'command',
    timestamp,
    project,
    task_id,
    tool_name,
    ${commandOutcome},
    toFloat64(duration_ms)
  FROM task_events
  WHERE event = 'command_end'
    AND timestamp >= ${since}
    AND timestamp < ${windowEnd}
)`;

/** Figures of a group of ended runs and commands. A task is completed if a run of it succeeded. */
export const workFigures = `
  uniqExactIf((project, task_id), kind = 'run' AND outcome = 'success') AS completed_tasks,
  countIf(kind = 'run') AS task_runs,
  countIf(kind = 'run' AND outcome = 'success') AS successful_runs,
  countIf(kind = 'run' AND outcome = 'failure') AS failed_runs,
  avgOrNullIf(took_ms, kind = 'run') AS avg_run_ms,
  countIf(kind = 'command') AS commands,
  countIf(kind = 'command' AND outcome = 'success') AS successful_commands,
  countIf(kind = 'command' AND outcome = 'failure') AS failed_commands,
  avgOrNullIf(took_ms, kind = 'command') AS avg_command_ms`;

/** The share of the failed ones among those with an outcome, over {@link workFigures}. */
export const failureRate = (of: 'commands' | 'runs') =>
  `failed_${of} / nullIf(successful_${of} + failed_${of}, 0)`;
