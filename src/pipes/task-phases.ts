import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './define.js';
import { windowBeforeStart, windowStart } from './period-before.js';
import { taskEvents, taskRuns, UNATTRIBUTED } from './task-runs.js';

/**
 * Where does the time of tasks go, and which phase is behind its change against the window of the same length
 * before?
 *
 * Averages are over all runs whose time is known, also those without the phase, so that the phases sum to the
 * average time of a run and their shares to 1; the row `unattributed` has the time that no phase tells of
 * (negative where phases overlap).
 */
export const taskPhases = defineQuestion('task_phases', {
  description:
    'Where does the time of tasks go, and which phase is behind its change against the window of the same length before? One row a phase, longest first; unattributed is the time that no phase tells of. Averages are over all timed runs, so that they sum to the average time of a run, and the shares to 1.',
  params: windowParams,
  nodes: [
    taskEvents(windowBeforeStart),
    taskRuns(),
    node({
      name: 'timed_runs',
      sql: `
SELECT
  completed_at < ${windowStart} AS is_before,
  run_ms,
  phase_times,
  run_ms - ifNull(arrayReduce('sumOrNull', arrayMap(phase -> phase.2, phase_times)), 0) AS rest_ms
FROM task_runs
WHERE is_run
  AND run_ms IS NOT NULL
  AND completed_at >= ${windowBeforeStart}`,
    }),
    node({
      name: 'totals',
      sql: `
SELECT
  countIf(is_before = 0) AS runs_now,
  countIf(is_before = 1) AS runs_then,
  avgOrNullIf(run_ms, is_before = 0) AS run_ms_now,
  avgOrNullIf(run_ms, is_before = 1) AS run_ms_then
FROM timed_runs`,
    }),
    node({
      name: 'phases',
      sql: `
SELECT
  part.1 AS name,
  countIf(is_before = 0 AND part.1 != '') AS runs_now_of,
  countIf(is_before = 1 AND part.1 != '') AS runs_then_of,
  sumIf(ifNull(part.2, 0), is_before = 0) AS ms_now,
  sumIf(ifNull(part.2, 0), is_before = 1) AS ms_then
FROM timed_runs
ARRAY JOIN arrayConcat(phase_times, [('', rest_ms)]) AS part
GROUP BY name
HAVING name != '' OR ms_now != 0 OR ms_then != 0`,
    }),
    node({
      name: 'compared',
      sql: `
SELECT
  if(name = '', '${UNATTRIBUTED}', name) AS phase,
  runs_now_of AS runs,
  runs_then_of AS runs_before,
  ms_now / nullIf(runs_now, 0) AS avg_ms,
  ms_then / nullIf(runs_then, 0) AS avg_ms_before,
  avg_ms - avg_ms_before AS change_ms,
  avg_ms / nullIf(run_ms_now, 0) AS time_share,
  change_ms / nullIf(run_ms_now - run_ms_then, 0) AS change_share,
  name != '' AND avg_ms > 0 AND avg_ms = max(if(name = '', 0, avg_ms)) OVER () AS is_bottleneck
FROM phases
CROSS JOIN totals
ORDER BY name = '', avg_ms DESC NULLS LAST, avg_ms_before DESC NULLS LAST, phase`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  phase,
  runs,
  runs_before,
  avg_ms,
  avg_ms_before,
  change_ms,
  time_share,
  change_share,
  ifNull(is_bottleneck, 0) AS is_bottleneck
FROM compared
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
