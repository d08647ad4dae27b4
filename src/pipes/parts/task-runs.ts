/** The runs of tasks as SQL. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { inProject } from './define.js';
import { windowEnd, windowStart } from './window.js';

/** Outcome of the command of a `command_end`: the reported one, else by its exit code; empty if neither is known. */
export const commandOutcome = `multiIf(
    status = 'success',
    'success',
    status IN ('failure', 'timeout'),
    'failure',
    status = '' AND JSONHas(payload, 'exit_code'),
    if(JSONExtractInt(payload, 'exit_code') = 0, 'success', 'failure'),
    ''
  )`;

/** How far before the requested window the start and the phases of a run are looked for, days. */
const REACH_DAYS = 31;

/** Stands for an unknown name. */
export const UNATTRIBUTED = 'unattributed';

/** Keeps the rows of the window and of the time before it. */
const inReach = (since: string) => `
  timestamp >= ${since} - toIntervalDay(${REACH_DAYS})
  {% if defined(date_to) %}
  AND timestamp < ${windowEnd}
  {% end %}`;

/**
 * The events of `emit` and `atel run` about tasks up to the window's end, and all commands and context snapshots.
 *
 * Few kinds of events name tasks, and a week's events are sorted by kind: the others are not read.
 *
 * @param since start of the requested window; the rows reach back further
 */
export const taskEvents = (since = windowStart): NodeDefinition =>
  node({
    name: 'task_events',
    description: 'Events of tasks, from before the window too: what ends in it may have begun earlier',
    sql: `
SELECT
  project,
  task_id,
  session_id,
  event_id,
  timestamp,
  toString(event) AS event,
  toString(status) AS status,
  toString(tool_name) AS tool_name,
  toString(phase) AS phase,
  feature_id,
  duration_ms,
  payload
FROM telemetry_events
FINAL
WHERE ${inReach(since)}
  ${inProject}
  AND event IN (
    SELECT event
    FROM telemetry_events
    WHERE ${inReach(since)}
      AND (task_id != '' OR event IN ('context_snapshot', 'command_end'))
    GROUP BY event
  )
  AND (task_id != '' OR event IN ('context_snapshot', 'command_end'))`,
  });

/** Which run of its task each event belongs to: how many ended before it. */
const numbered = `
  SELECT
    *,
    countIf(event = 'issue_complete') OVER (
      PARTITION BY project, task_id
      ORDER BY timestamp, place, event_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - (event = 'issue_complete') AS run_number
  FROM (
    SELECT
      *,
      indexOf(['issue_start', 'command_end', 'issue_phase', 'issue_complete'], event) AS place
    FROM task_events
    WHERE task_id != '' AND NOT (event = 'issue_complete' AND status = 'running')
  )
  WHERE place > 0`;

/** Duration of each step: as reported, or since its phase was reported as running. */
const timed = `
  SELECT
    *,
    multiIf(
      duration_ms IS NOT NULL,
      toFloat64(duration_ms),
      event = 'issue_phase' AND status != 'running' AND status_before = 'running',
      toFloat64(dateDiff('millisecond', timestamp_before, timestamp)),
      NULL
    ) AS step_ms
  FROM (
    SELECT
      *,
      lagInFrame(status, 1, '') OVER same_phase AS status_before,
      lagInFrame(timestamp, 1, timestamp) OVER same_phase AS timestamp_before
    FROM (${numbered}
    )
    WINDOW same_phase AS (
      PARTITION BY project, task_id, run_number, event, phase
      ORDER BY timestamp, event_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  )`;

/** One row per run. Its steps are tuples: at, event, phase, status, ms, command_id, parent_id. */
const gathered = `
  SELECT
    project,
    task_id,
    countIf(event = 'issue_complete') > 0 AS is_complete,
    maxIf(timestamp, event = 'issue_complete') AS ended,
    maxIf(tool_name, event = 'issue_complete') AS tool,
    maxIf(status, event = 'issue_complete') AS reported_status,
    maxIf(phase, event = 'issue_complete') AS reported_phase,
    maxIf(duration_ms, event = 'issue_complete') AS reported_ms,
    maxIf(payload, event = 'issue_complete') AS reported,
    groupArrayIf(timestamp, event = 'issue_start') AS starts,
    arraySort(
      step -> (step.1, step.2),
      groupArrayIf(
        (
          timestamp,
          event,
          phase,
          status,
          step_ms,
          JSONExtractString(payload, 'command_id'),
          JSONExtractString(payload, 'parent_id')
        ),
        event IN ('issue_phase', 'command_end') AND phase != ''
      )
    ) AS steps
  FROM (${timed}
  )
  GROUP BY project, task_id, run_number`;

/** The last start. If there are several, one at the same moment as the end is the next run's. */
const begun = `
  SELECT
    *,
    if(
      empty(starts),
      NULL,
      arrayMax(if(arrayExists(at -> at < ended, starts), arrayFilter(at -> at < ended, starts), starts))
    ) AS started_at
  FROM (${gathered}
  )`;

/** The steps of the run itself: those since its start, and only the outermost of nested commands. */
const narrowed = `
  SELECT
    *,
    arrayFilter(
      step -> (started_at IS NULL OR step.1 >= started_at)
        AND NOT arrayExists(outer -> outer.6 != '' AND outer.6 = step.7 AND outer.3 = step.3, steps),
      steps
    ) AS run_steps,
    JSONExtract(reported, 'phases_ms', 'Map(String, Nullable(Float64))') AS reported_phases
  FROM (${begun}
  )`;

/** A phase's duration as the events of one kind report it; null if none does. */
const timeOfPhase = (event: string) =>
  `arrayReduce('sumOrNull', arrayMap(step -> if(step.2 = '${event}' AND step.3 = name, step.5, NULL), run_steps))`;

/** The duration of each phase of the run: (phase, ms). */
const phased = `
  SELECT
    *,
    arrayMap(
      name -> (
        name,
        coalesce(reported_phases[name], ${timeOfPhase('issue_phase')}, ${timeOfPhase('command_end')})
      ),
      arrayDistinct(arrayConcat(mapKeys(reported_phases), arrayMap(step -> step.3, run_steps)))
    ) AS phase_times
  FROM (${narrowed}
  )`;

/**
 * The runs of tasks, one row each. A run ends with an `issue_complete`; the last run of a task may still be open,
 * then completed_at is null. Its events are those since the `issue_complete` before it, or, if it was restarted,
 * since its last `issue_start`.
 *
 * Its duration is the reported one, else from its start to its end, else the sum of its phases. A phase's duration is
 * the one in `phases_ms`, else the sum of its `issue_phase` events (their durations, or from a `running` one to the
 * next), else of its commands (`atel run`); a command nested in one of the same phase does not count again.
 *
 * A failed run failed in the phase that its `issue_complete` names, else in the phase of its last failed step, unless
 * that phase was reported as succeeded afterwards.
 *
 * Needs `task_events`.
 */
export const taskRuns = (): NodeDefinition =>
  node({
    name: 'task_runs',
    description: 'One row per run of a task; completed_at is null while it has not ended',
    sql: `
SELECT
  project,
  task_id,
  upper(
    coalesce(
      nullIf(JSONExtractString(reported, 'issue_type'), ''),
      nullIf(extract(task_id, '^([A-Za-z][A-Za-z]+)[-_][0-9]'), ''),
      ''
    )
  ) AS task_type,
  tool,
  started_at,
  if(is_complete, ended, NULL) AS completed_at,
  is_complete AND reported_status NOT IN ('skipped', 'cancelled') AS is_run,
  multiIf(reported_status = 'success', 'success', reported_status IN ('failure', 'timeout'), 'failure', '') AS outcome,
  phase_times,
  coalesce(
    toFloat64(reported_ms),
    toFloat64(dateDiff('millisecond', started_at, completed_at)),
    arrayReduce('sumOrNull', arrayMap(phase -> phase.2, phase_times))
  ) AS run_ms,
  if(
    outcome = 'failure',
    coalesce(
      nullIf(reported_phase, ''),
      nullIf(
        arrayLast(
          step -> step.4 IN ('failure', 'timeout')
            AND NOT arrayExists(
              later -> later.2 = 'issue_phase' AND later.3 = step.3 AND later.4 = 'success' AND later.1 > step.1,
              run_steps
            ),
          run_steps
        ).3,
        ''
      ),
      ''
    ),
    ''
  ) AS failed_phase
FROM (${phased}
)`,
  });
