/** The question task_trace: what happened for a task, across tools? */
import { node, p, t } from '@tinybirdco/sdk';
import { defineQuestion, inProject, inWindow, named, windowParams } from './parts/define.js';
import { pageBy } from './parts/page.js';
import { orNever } from './parts/window.js';

/** A task is shown whole, however old, unless a period is given. */
const inWindowOfTask = `
  {% if not defined(days) and not defined(date_from) and not defined(date_to) %}
  1 = 1
  {% else %}
  ${inWindow}
  {% end %}`;

/** SQL of a bound of the task's events. */
const boundOfTask = (bound: string) => `(
    SELECT ${bound}
    FROM task_bounds
    WHERE task_id = {{ String(task_id) }}
  )`;

/** The weeks of the task's events. */
const lifeOfTask = `timestamp >= ${orNever(boundOfTask('minOrNull(first_at)'))} AND timestamp <= ${boundOfTask('maxOrNull(last_at)')}`;

/** Commands that enclose a task began at most this long before it, and end at most this long after it, days. */
const REACH_DAYS = 31;

const aroundTask = `
  timestamp >= ${orNever(boundOfTask(`minOrNull(first_at) - toIntervalDay(${REACH_DAYS})`))}
  AND timestamp <= ${boundOfTask(`maxOrNull(last_at) + toIntervalDay(${REACH_DAYS})`)}`;

/** The columns of an event of the user's own tools, with values from its payload. */
const columns = `
  timestamp,
  event_id,
  multiIf(
    event IN ('command_start', 'command_end'), 'command',
    event IN ('wave_start', 'wave_complete'), 'wave',
    event IN ('issue_start', 'issue_complete'), 'task',
    event = 'issue_phase', 'phase',
    'event'
  ) AS kind,
  toString(event) AS event,
  toString(tool_name) AS tool_name,
  JSONExtractString(payload, 'name') AS name,
  task_id,
  toString(phase) AS phase,
  replaceAll(JSONExtractRaw(payload, 'wave'), '"', '') AS wave,
  toString(status) AS status,
  toString(error_class) AS error_class,
  duration_ms,
  JSONExtract(payload, 'exit_code', 'Nullable(Float64)') AS exit_code,
  JSONExtractString(payload, 'issue_type') AS issue_type,
  JSONExtract(payload, 'issues_completed', 'Nullable(Float64)') AS issues_completed,
  JSONExtract(payload, 'issues_failed', 'Nullable(Float64)') AS issues_failed,
  JSONExtract(payload, 'estimated_tokens', 'Nullable(Float64)') AS estimated_tokens,
  JSONExtractKeysAndValues(payload, 'phases_ms', 'Float64') AS phases,
  session_id,
  JSONExtractString(payload, 'command_id') AS command_id,
  JSONExtractString(payload, 'parent_id') AS parent_id,
  toString(project) AS project,
  toString(source) AS source`;

/** Identity of a tool's run that has no id: the reporting tool, its project and the enclosing command. */
const sameRun = (one: string, other: string) =>
  ['project', 'tool_name', 'parent_id'].map((key) => `${one}.${key} = ${other}.${key}`).join('\n  AND ');

const page = pageBy('event_id', 'after_event', 'rows');

/**
 * What happened for a task, across tools?
 *
 * | kind    | one row is                                                                                 |
 * |---------|--------------------------------------------------------------------------------------------|
 * | command | the start or the end of a command that worked on the task, or that enclosed the work       |
 * | wave    | the start or the end of a wave that the task was in                                        |
 * | task    | the start or the end of the task in one tool; `phases` where the end tells them            |
 * | phase   | a phase of it                                                                              |
 * | event   | anything else that names the task                                                          |
 * | session | a session of Claude Code that one of these events names, from its first to its last moment |
 *
 * A command encloses the work if `parent_id` leads to it. A command or wave without an id encloses it if the same tool
 * reported both in the same project and command, and the work lies between its start and its end. Its start and its end
 * are looked for in the month before and after the task.
 */
export const taskTrace = defineQuestion('task_trace', {
  description:
    'What happened for a task, across tools, in order of time? Rows of kind command and wave (in which the work happened), task, phase, event and session. A task is shown whole unless a period is given.',
  params: {
    ...windowParams,
    task_id: p.string().describe('The task.'),
    ...page.params,
  },
  nodes: [
    node({
      name: 'own',
      sql: `
SELECT ${columns}
FROM telemetry_events
FINAL
WHERE ${inWindowOfTask}
  AND ${lifeOfTask}
  ${inProject}
  ${named('task_id')}
  AND task_id = {{ String(task_id) }}`,
    }),
    node({
      name: 'spans',
      description: 'Starts and ends of commands and waves, of this task or not',
      sql: `
SELECT ${columns}
FROM telemetry_events
FINAL
WHERE event IN ('command_start', 'command_end', 'wave_start', 'wave_complete')
  AND task_id != {{ String(task_id) }}
  AND source = 'cli'
  AND ${aroundTask}
  ${inProject}`,
    }),
    node({
      name: 'parents',
      sql: `
SELECT DISTINCT parent_id AS id
FROM own
WHERE parent_id != ''`,
    }),
    node({
      name: 'grandparents',
      sql: `
SELECT DISTINCT parent_id AS id
FROM spans
WHERE parent_id != ''
  AND command_id IN (SELECT id FROM parents)`,
    }),
    node({
      name: 'forebears',
      sql: `
SELECT DISTINCT parent_id AS id
FROM spans
WHERE parent_id != ''
  AND command_id IN (SELECT id FROM grandparents)`,
    }),
    node({
      name: 'runs',
      description: 'Commands and waves that have no id, with their end where there is one',
      sql: `
SELECT
  starts.kind AS kind,
  starts.wave AS wave,
  starts.project AS project,
  starts.tool_name AS tool_name,
  starts.parent_id AS parent_id,
  starts.timestamp AS started_at,
  starts.event_id AS start_id,
  ends.event_id AS end_id,
  ends.timestamp AS ended_at
FROM (SELECT * FROM spans WHERE event IN ('command_start', 'wave_start') AND command_id = '' AND task_id = '') AS starts
ASOF LEFT JOIN (SELECT * FROM spans WHERE event IN ('command_end', 'wave_complete') AND command_id = '' AND task_id = '') AS ends
  ON starts.kind = ends.kind
  AND starts.wave = ends.wave
  AND ${sameRun('starts', 'ends')}
  AND starts.timestamp <= ends.timestamp`,
    }),
    node({
      name: 'around',
      description: 'The run of its tool that each event of the task lies in',
      sql: `
SELECT
  runs.start_id AS start_id,
  runs.end_id AS end_id
FROM (
  SELECT *, arrayJoin([('command', ''), ('wave', wave)]) AS place, place.1 AS place_kind, place.2 AS place_wave
  FROM own
  WHERE kind != 'command'
) AS events
ASOF JOIN runs
  ON events.place_kind = runs.kind
  AND events.place_wave = runs.wave
  AND ${sameRun('events', 'runs')}
  AND events.timestamp >= runs.started_at
WHERE runs.end_id = '' OR runs.ended_at >= events.timestamp`,
    }),
    node({
      name: 'sessions',
      sql: `
SELECT
  coalesce(started_at, timestamp) AS timestamp,
  event_id,
  'session' AS kind,
  'session' AS event,
  '' AS tool_name,
  '' AS name,
  '' AS task_id,
  '' AS phase,
  '' AS wave,
  '' AS status,
  '' AS error_class,
  if(
    started_at IS NULL OR last_activity_at IS NULL OR last_activity_at < started_at,
    NULL,
    toUInt64(dateDiff('millisecond', assumeNotNull(started_at), assumeNotNull(last_activity_at)))
  ) AS duration_ms,
  CAST(NULL, 'Nullable(Float64)') AS exit_code,
  '' AS issue_type,
  CAST(NULL, 'Nullable(Float64)') AS issues_completed,
  CAST(NULL, 'Nullable(Float64)') AS issues_failed,
  CAST(NULL, 'Nullable(Float64)') AS estimated_tokens,
  CAST([], 'Array(Tuple(String, Float64))') AS phases,
  session_id,
  '' AS command_id,
  '' AS parent_id,
  toString(project) AS project,
  toString(source) AS source
FROM session_summaries
FINAL
WHERE session_id IN (SELECT session_id FROM own WHERE session_id != '')
  ${inProject}`,
    }),
    node({
      name: 'trace',
      sql: `
SELECT *
FROM own
UNION ALL
SELECT *
FROM spans
WHERE (SELECT count() FROM own) > 0
  AND (
    command_id IN (SELECT id FROM parents)
    OR command_id IN (SELECT id FROM grandparents)
    OR command_id IN (SELECT id FROM forebears)
    OR event_id IN (SELECT start_id FROM around)
    OR event_id IN (SELECT end_id FROM around WHERE end_id != '')
  )
UNION ALL
SELECT *
FROM sessions`,
    }),
    node({
      name: 'page',
      sql: `
SELECT *
FROM trace
WHERE 1 = 1${page.end}`,
    }),
  ],
  output: {
    timestamp: t.dateTime64(3, 'UTC'),
    event_id: t.string(),
    kind: t.string(),
    event: t.string(),
    tool_name: t.string(),
    name: t.string(),
    task_id: t.string(),
    phase: t.string(),
    wave: t.string(),
    status: t.string(),
    error_class: t.string(),
    duration_ms: t.uint64().nullable(),
    exit_code: t.float64().nullable(),
    issue_type: t.string(),
    issues_completed: t.float64().nullable(),
    issues_failed: t.float64().nullable(),
    estimated_tokens: t.float64().nullable(),
    phases: t.array(t.tuple(t.string(), t.float64())),
    session_id: t.string(),
    command_id: t.string(),
    parent_id: t.string(),
    project: t.string(),
    source: t.string(),
  },
});
