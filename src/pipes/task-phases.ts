/**
 * The question task_phases: where does the time of tasks go, and which phase is behind its change against the
 * window of the same length before?
 */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { windowBeforeStart, windowStart } from './parts/window.js';
import { taskEvents, taskRuns, UNATTRIBUTED } from './parts/task-runs.js';

/**
 * Where does the time of tasks go, and which phase is behind its change against the window of the same length
 * before?
 *
 * Averages are over all runs of known duration, including those without the phase, so that the phases sum to the
 * average duration of a run and their shares to 1; the row `unattributed` has the time in no phase (negative where
 * phases overlap).
 */
export const taskPhases = defineQuestion('task_phases', {
  description:
    'Where does the time of tasks go, and which phase is behind its change compared with the window of the same length before it? One row per phase, longest first; unattributed is the time in no phase. Averages are over all timed runs, so that they sum to the average time of a run, and the shares to 1.',
  params: windowParams,
  nodes: [
    taskEvents(windowBeforeStart),
    taskRuns(),
    node({
      name: 'phases',
      description: 'Every run has one part without a name: its time in none of its phases',
      sql: `
SELECT
  part.1 AS name,
  countIf(NOT is_before) AS runs_now,
  countIf(is_before) AS runs_then,
  sumIf(ifNull(part.2, 0), NOT is_before) AS ms_now,
  sumIf(ifNull(part.2, 0), is_before) AS ms_then,
  sumIf(run_ms, NOT is_before) AS run_ms_now,
  sumIf(run_ms, is_before) AS run_ms_then
FROM (
  SELECT
    completed_at < ${windowStart} AS is_before,
    run_ms,
    arrayConcat(
      phase_times,
      [('', run_ms - ifNull(arrayReduce('sumOrNull', arrayMap(phase -> phase.2, phase_times)), 0))]
    ) AS parts
  FROM task_runs
  WHERE is_run
    AND run_ms IS NOT NULL
    AND completed_at >= ${windowBeforeStart}
)
ARRAY JOIN parts AS part
GROUP BY name`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  phase,
  if(phase = '${UNATTRIBUTED}', 0, runs_now) AS runs,
  if(phase = '${UNATTRIBUTED}', 0, runs_then) AS runs_before,
  avg_ms,
  avg_ms_before,
  change_ms,
  time_share,
  change_share,
  is_bottleneck
FROM (
  SELECT
    if(name = '', '${UNATTRIBUTED}', name) AS phase,
    runs_now,
    runs_then,
    nullIf(sumIf(runs_now, name = '') OVER (), 0) AS all_now,
    nullIf(sumIf(runs_then, name = '') OVER (), 0) AS all_then,
    sumIf(run_ms_now, name = '') OVER () / all_now AS run_avg_now,
    sumIf(run_ms_then, name = '') OVER () / all_then AS run_avg_then,
    ms_now / all_now AS avg_ms,
    ms_then / all_then AS avg_ms_before,
    avg_ms - avg_ms_before AS change_ms,
    avg_ms / nullIf(run_avg_now, 0) AS time_share,
    change_ms / nullIf(run_avg_now - run_avg_then, 0) AS change_share,
    name != '' AND ms_now > 0 AND ms_now = max(if(name = '', 0, ms_now)) OVER () AS is_bottleneck
  FROM phases
)
WHERE phase != '${UNATTRIBUTED}' OR avg_ms != 0 OR avg_ms_before != 0
ORDER BY phase = '${UNATTRIBUTED}', avg_ms DESC NULLS LAST, avg_ms_before DESC NULLS LAST, phase`,
    }),
  ],
  output: {
    phase: t.string(),
    runs: t.uint64(),
    runs_before: t.uint64(),
    avg_ms: t.float64().nullable(),
    avg_ms_before: t.float64().nullable(),
    change_ms: t.float64().nullable(),
    time_share: t.float64().nullable(),
    change_share: t.float64().nullable(),
    is_bottleneck: t.uint8(),
  },
});
