/**
 * Agents, skills and sessions as hooks and transcripts report them, and as OpenTelemetry reports them in the sessions
 * that hooks and transcripts did not see. OpenTelemetry has neither a subagent's id nor a skill's call, so its sighting
 * of a run cannot be joined with theirs; in a session that they saw it is left out. Each is a SELECT for use in parentheses.
 */
import { p } from '@tinybirdco/sdk';
import { isSeenBy } from '../../datasources/layers.js';
import { askedWindow, inProject, lifeOfSession } from './define.js';
import { realSkillNames } from './otel-skill-names.js';
import type { Window } from './window.js';

/** Parameter of a question whose OpenTelemetry part can be skipped if there is no such data. */
export const otelAloneParam = {
  otel_alone: p
    .int32()
    .optional(1)
    .describe(
      '0 leaves out the agents, skills and sessions that only OpenTelemetry reported, which takes less time.',
    ),
};

/** Wraps the SQL that {@link otelAloneParam} leaves out. */
export const ifOtelAlone = ['{% if Int32(otel_alone, 1) != 0 %}', '{% end %}'] as const;
const always = ['', ''] as const;
type Guard = typeof ifOtelAlone | typeof always;

/** Sessions of which OpenTelemetry reported events in a window, and maybe others. */
const heardSessions = (window: Window) => `
          SELECT session_id
          FROM session_bounds
          WHERE ${isSeenBy('otel', 'event_sources')}
            AND (${window.sessions})`;

/** OpenTelemetry's events, each once, in sessions that neither hooks nor transcripts saw (those have rows in the table). */
const fromHeardAlone = (
  event: string,
  table: 'agent_activations' | 'skill_activations',
  window: Window,
  condition: string,
) => `
  FROM telemetry_events
  WHERE event = '${event}'
    AND source = 'otel'
    AND ${window.events}
    ${inProject}
    ${condition}
    AND session_id NOT IN (
      SELECT session_id
      FROM (
        SELECT session_id FROM session_summaries
        UNION ALL
        SELECT session_id FROM ${table}
        UNION ALL
        SELECT session_id FROM session_bounds WHERE ${isSeenBy('hook', 'event_sources')}
      )
      -- In no other session is anything to be left out.
      WHERE session_id IN (
        SELECT session_id
        FROM telemetry_events
        WHERE event = '${event}' AND source = 'otel' AND ${window.events}
      )
    )
  LIMIT 1 BY event_id`;

/** More columns of an event, to append to a list. */
const further = (columns: readonly string[]) => columns.map((column) => `, ${column}`).join('');

/** Starts and stops of subagents that hooks and transcripts reported, with the columns of {@link agentActivations}. */
export const namedAgentActivations = (window = askedWindow, condition = inProject) => `
  SELECT
    session_id,
    toString(project) AS project,
    timestamp,
    prompt_id,
    agent_id,
    toString(agent_type) AS agent_type,
    toString(event) AS event
  FROM agent_activations
  FINAL
  -- FINAL leaves out no months: the sessions of the window are looked for without it.
  WHERE session_id IN (SELECT session_id FROM agent_activations WHERE ${window.rows} ${condition})
    AND ${window.rows}
    ${condition}`;

/** Requests of subagents that OpenTelemetry's spans reported, in runs that neither hooks nor transcripts saw. */
const onlyFromOtel = (sessions: string) => `
  FROM api_requests
  WHERE source = 'otel'
    AND agent_id != ''
    AND ${lifeOfSession.rows}
    ${sessions}
    AND (session_id, agent_id) NOT IN (
      SELECT session_id, agent_id
      FROM agent_activations
      WHERE 1 = 1
        ${sessions}
    )`;

/** Claude Code's spans of one name, in the requested sessions. */
const spansOf = (name: string, sessions: string) => `
  SELECT
    SpanAttributes['session.id'] AS session_id,
    SpanAttributes['agent_id'] AS agent_id,
    TraceId,
    SpanId,
    ParentSpanId,
    began,
    addNanoseconds(began, Duration) AS over
  FROM (
    SELECT *, Timestamp AS timestamp, Timestamp AS began
    FROM otel_traces
    WHERE SpanName = '${name}'
  )
  WHERE ${lifeOfSession.rows}
    ${sessions}`;

/**
 * Starts and stops of subagents as in {@link namedAgentActivations}, and of those that only spans reported: such a run is
 * the execution of the tool call that the subagent's requests are part of. A background subagent outlives that call,
 * so its end is unknown.
 *
 * @param sessions condition on session_id that names the sessions, those of the parameter session_id
 */
export const reportedAgentActivations = (window: Window, sessions: string, condition = inProject) => `
  ${namedAgentActivations(window, `${condition} ${sessions}`)}
  UNION ALL
  SELECT session_id, '', toDateTime64(edge.2, 3, 'UTC'), '', agent_id, '', edge.1
  FROM (
    SELECT
      request.session_id AS session_id,
      request.agent_id AS agent_id,
      min(call.began) AS first_call,
      max(call.over) AS last_call,
      max(request.over) AS last_request
    FROM (${spansOf('claude_code.llm_request', sessions)}) AS request
    INNER JOIN (${spansOf('claude_code.tool.execution', sessions)}) AS call
      ON request.TraceId = call.TraceId AND request.ParentSpanId = call.SpanId
    WHERE (request.session_id, request.agent_id) IN (SELECT session_id, agent_id ${onlyFromOtel(sessions)})
    GROUP BY session_id, agent_id
    HAVING last_request <= last_call
  )
  ARRAY JOIN [('start', first_call), ('stop', last_call)] AS edge`;

/**
 * Starts and stops of subagents: session_id, project, timestamp, prompt_id, agent_id, agent_type, event (start or
 * stop). A run that only OpenTelemetry saw has a derived id, and the type that OpenTelemetry reports: `custom`
 * stands for any type that is not built in.
 */
export const agentActivations = (window = askedWindow, condition = '', [from, to]: Guard = always) => `
  ${namedAgentActivations(window, `${inProject} ${condition}`)}
  ${from}
  UNION ALL
  ${heardAgentActivations(window, condition)}
  ${to}`;

/**
 * Of these, the starts and stops that only OpenTelemetry saw.
 *
 * @param more further columns of the stop event, and run_ms, the duration of the run
 */
export const heardAgentActivations = (window = askedWindow, condition = '', more: readonly string[] = []) => `
  SELECT session_id, project, timestamp, prompt_id, agent_id, agent_type, event${further(more)}
  FROM (
    SELECT
      session_id,
      toString(project) AS project,
      edge.2 AS timestamp,
      prompt_id,
      event_id AS agent_id,
      toString(agent_type) AS agent_type,
      edge.1 AS event${further(more)}
    FROM (
      SELECT event_id, session_id, project, prompt_id, agent_type, timestamp AS completed_at, duration_ms AS run_ms${further(more.filter((column) => column !== 'run_ms'))}
      ${fromHeardAlone('subagent_completed', 'agent_activations', window, condition)}
    )
    ARRAY JOIN if(
      run_ms IS NULL,
      [('stop', completed_at)],
      [('start', completed_at - toIntervalMillisecond(assumeNotNull(run_ms))), ('stop', completed_at)]
    ) AS edge
  )
  WHERE ${window.rows}`;

/**
 * Uses of skills: session_id, project, timestamp, skill_name, trigger (model or typed), success and duration_ms
 * (null if unknown: OpenTelemetry reports neither). `custom_skill` stands for a user's or project's own skill that no
 * request names.
 */
export const skillActivations = (window = askedWindow, condition = '', [from, to]: Guard = always) => `
  SELECT
    session_id,
    toString(project) AS project,
    timestamp,
    toString(skill_name) AS skill_name,
    toString(trigger) AS trigger,
    success,
    duration_ms
  FROM skill_activations
  FINAL
  WHERE event_id IN (SELECT event_id FROM skill_activations WHERE ${window.rows} ${inProject} ${condition})
    AND ${window.rows}
    ${inProject}
    ${condition}
  ${from}
  UNION ALL
  ${heardSkillActivations(window, condition)}
  ${to}`;

/**
 * Of these, the uses that only OpenTelemetry saw.
 *
 * @param more further columns of its event
 */
export const heardSkillActivations = (window = askedWindow, condition = '', more: readonly string[] = []) => `
  SELECT
    session_id,
    toString(project) AS project,
    timestamp,
    if(skill_name = 'custom_skill' AND reported_name != '', reported_name, toString(skill_name)) AS skill_name,
    if(JSONExtractString(payload, 'invocation_trigger') = 'user-slash', 'typed', 'model') AS trigger,
    NULL AS success,
    NULL AS duration_ms${further(more)}
  FROM (
    SELECT event_id, session_id, project, timestamp, skill_name, payload${further(more.filter((column) => column !== 'event_id'))}
    ${fromHeardAlone('skill_activated', 'skill_activations', window, `${condition} AND skill_name != ''`)}
  ) AS activation
  LEFT JOIN (${realSkillNames(window)}) AS reported USING (event_id)`;

/**
 * Counts the prompts among the events of a session, or of one prompt_id; the events `prompt` and `skill_activated` must
 * be included. OpenTelemetry reports a typed `/name` as a prompt, even a command that the client runs itself (`/model`);
 * a `/name` that really became a prompt also activated a skill.
 */
export const promptCount = `
  uniqExactIf(event_id, event = 'prompt' AND JSONExtractString(payload, 'command_source') = '')
  + length(arrayIntersect(
    groupUniqArrayIf(prompt_id, event = 'prompt' AND JSONExtractString(payload, 'command_source') != ''),
    groupUniqArrayIf(prompt_id, event = 'skill_activated')
  ))`;

/** What the events of a session tell of it: first and last event, prompts, tool calls and failed ones. */
const eventCounts = `
      min(timestamp) AS first_event,
      max(timestamp) AS last_event,
      ${promptCount} AS prompt_count,
      uniqExactIf(tool_use_id, event = 'tool_call') AS call_count,
      uniqExactIf(tool_use_id, event = 'tool_call' AND status = 'failure') AS failure_count`.trim();

/**
 * States of sessions: session_id, project, is_summary, timestamp (of the last activity), started_at,
 * last_activity_at, ended_at, end_reason, prompts, tool_calls, tool_failures, lines_added, lines_removed. If only
 * OpenTelemetry reported a session, is_summary is 0 and the values are derived from its events in the window. Sessions
 * with spans only are left out: their spans have only subagents' calls, without an outcome.
 *
 * A session that has an end but no transcript (`--no-session-persistence`) has the values of the events that hooks and
 * OpenTelemetry reported; without such events they are null.
 */
export const sessionStates = (window = askedWindow, condition = '', [from, to]: Guard = always) => `
  SELECT
    session_id,
    toString(project) AS project,
    1 AS is_summary,
    timestamp,
    started_at,
    last_activity_at,
    ended_at,
    toString(end_reason) AS end_reason,
    toUInt64(prompts) AS prompts,
    toUInt64(tool_calls) AS tool_calls,
    toUInt64(tool_failures) AS tool_failures,
    lines_added,
    lines_removed
  FROM session_summaries
  FINAL
  WHERE ${window.rows}
    ${inProject}
    ${condition}
    AND last_activity_at IS NOT NULL
  UNION ALL
  SELECT
    session_id,
    toString(project),
    0,
    timestamp,
    if(event_count > 0, first_event, NULL),
    if(event_count > 0, last_event, NULL),
    ended_at,
    toString(end_reason),
    if(prompt_count + call_count > 0, prompt_count, NULL),
    if(prompt_count + call_count > 0, call_count, NULL),
    if(prompt_count + call_count > 0, failure_count, NULL),
    lines_added,
    lines_removed
  FROM (
    SELECT session_id, project, timestamp, ended_at, end_reason, lines_added, lines_removed
    FROM session_summaries
    FINAL
    WHERE ${window.rows}
      ${inProject}
      ${condition}
      AND last_activity_at IS NULL
  ) AS ended
  LEFT JOIN (
    SELECT
      session_id,
      count() AS event_count,
      ${eventCounts}
    FROM (
      SELECT event_id, session_id, timestamp, event, status, tool_use_id, prompt_id, payload
      FROM telemetry_events
      WHERE session_id IN (SELECT session_id FROM session_summaries WHERE last_activity_at IS NULL)
        AND ${window.events}
        ${condition}
      ORDER BY version DESC
      LIMIT 1 BY event_id
    )
    GROUP BY session_id
  ) AS events USING (session_id)
  ${from}
  UNION ALL
  SELECT
    session_id,
    heard_project,
    0,
    last_event,
    first_event,
    last_event,
    NULL,
    '',
    prompt_count,
    call_count,
    failure_count,
    NULL,
    NULL
  FROM (
    SELECT
      session_id,
      max(toString(project)) AS heard_project,
      ${eventCounts}
    FROM (
      SELECT event_id, session_id, project, source, timestamp, event, status, tool_use_id, prompt_id, payload
      FROM telemetry_events
      WHERE (session_id = '' OR session_id IN (${heardSessions(window)}
        ))
        AND session_id NOT IN (
          SELECT session_id FROM session_summaries WHERE session_id IN (${heardSessions(window)}
          )
        )
        ${condition}
        AND ${window.events}
        ${inProject}
      ORDER BY version DESC
      LIMIT 1 BY event_id
    )
    GROUP BY session_id
    HAVING countIf(source = 'otel' AND NOT (event = 'tool_call' AND status = '')) > 0
      AND prompt_count + call_count > 0
  )
  ${to}`;
