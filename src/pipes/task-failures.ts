/** The question task_failures: how often do tasks fail, and how? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, oneOf, windowParams } from './parts/define.js';
import { windowStart } from './parts/window.js';
import { commandOutcome, taskEvents, taskRuns, UNATTRIBUTED } from './parts/task-runs.js';

/** How often each name occurs in a list, most frequent first. */
const counted = (list: string) =>
  `arraySort(one -> (-toInt64(one.2), one.1), arrayMap(name -> (name, countEqual(${list}, name)), arrayDistinct(${list})))`;

/** A name, or the placeholder for an unknown one. */
const named = (column: string) => `if(${column} = '', '${UNATTRIBUTED}', ${column})`;

/**
 * How often do tasks fail, by the tool that ran them, the phase they failed in and their type? And how often do
 * commands?
 *
 * A run counts in one row of `tool` and of `type`, and in a row for every `phase` that it had; it failed in one of
 * them. `command` has the programs of `command_end` (`atel run`), whatever their task. Calls of Claude Code's own
 * tools are in tool_usage.
 */
export const taskFailures = defineQuestion('task_failures', {
  description:
    "How often do runs of tasks fail, by tool (the one that reported the task), phase and type (issue_type, else the id's prefix), and how often do commands? failure_rate is failures / (successes + failures); unattributed is what is unknown. failed_types and failed_phases: (name, failures).",
  params: windowParams,
  nodes: [
    taskEvents(),
    taskRuns(),
    node({
      name: 'run_parts',
      description: 'A run that failed in an unknown phase has no outcome in the phases that it had',
      sql: `
SELECT
  part_of.1 AS dimension,
  ${named('part_of.2')} AS part,
  multiIf(
    dimension != 'phase' OR outcome != 'failure' OR part_of.2 = failed_phase,
    outcome,
    failed_phase = '',
    '',
    'success'
  ) AS part_outcome,
  ${named('task_type')} AS type_of_task,
  ${named('failed_phase')} AS phase_of_failure
FROM task_runs
ARRAY JOIN arrayConcat(
  [('tool', tool), ('type', task_type)],
  arrayMap(
    name -> ('phase', name),
    arrayDistinct(
      arrayConcat(
        arrayMap(phase -> phase.1, phase_times),
        if(outcome = 'failure' OR empty(phase_times), [failed_phase], [])
      )
    )
  )
) AS part_of
WHERE is_run
  AND completed_at >= ${windowStart}`,
    }),
    node({
      name: 'command_parts',
      sql: `
SELECT
  'command' AS dimension,
  ${named('tool_name')} AS part,
  ${commandOutcome} AS part_outcome,
  phase AS phase_of_failure
FROM task_events
WHERE event = 'command_end'
  AND timestamp >= ${windowStart}`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  dimension,
  part,
  runs,
  successes,
  failures,
  failure_rate,
  ${counted(`arrayFilter(name -> name != '', types_of_failures)`)} AS failed_types,
  ${counted(`arrayFilter(name -> name != '', phases_of_failures)`)} AS failed_phases
FROM (
  SELECT
    dimension,
    part,
    count() AS runs,
    countIf(part_outcome = 'success') AS successes,
    countIf(part_outcome = 'failure') AS failures,
    failures / nullIf(successes + failures, 0) AS failure_rate,
    groupArrayIf(type_of_task, part_outcome = 'failure') AS types_of_failures,
    groupArrayIf(phase_of_failure, part_outcome = 'failure') AS phases_of_failures
  FROM (
    SELECT *
    FROM run_parts
    UNION ALL
    SELECT
      dimension,
      part,
      part_outcome,
      '' AS type_of_task,
      phase_of_failure
    FROM command_parts
  )
  GROUP BY dimension, part
)
ORDER BY
  indexOf(['tool', 'phase', 'type', 'command'], dimension),
  part = '${UNATTRIBUTED}',
  failures DESC,
  runs DESC,
  part`,
    }),
  ],
  output: {
    dimension: oneOf('tool', 'phase', 'type', 'command'),
    part: t.string(),
    runs: t.uint64(),
    successes: t.uint64(),
    failures: t.uint64(),
    failure_rate: t.float64().nullable(),
    failed_types: t.array(t.tuple(t.string(), t.uint64())),
    failed_phases: t.array(t.tuple(t.string(), t.uint64())),
  },
});
