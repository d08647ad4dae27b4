import { agentRows } from './agent-rows.js';
import type { EditedLines } from './edited-lines.js';
import { identify } from './identity.js';
import { exactPrice, priceRequest } from './pricing.js';
import { noWork, stamp, type Recorder, type SignalRow } from './row.js';
import { sessionLines } from './session-lines.js';
import type { AgentTranscript, SessionTranscripts } from './session.js';
import { skillRows } from './skill-rows.js';
import { storeTime } from './time.js';
import type { Response, ToolCall, ToolOutcome } from './transcript.js';

/** What is known of a session beside its transcripts: hooks told it. */
export interface SessionState {
  sessionId: string;
  project: string;
  /** The last SessionEnd: milliseconds since 1970, and its reason. */
  end: { at: number; reason: string } | null;
  /** Whether anything was heard of the session since that end, or no end came yet. */
  open: boolean;
  /** Subagents that stopped, by id. */
  stops: Record<string, { at: number; agentType: string; promptId: string }>;
  /** Skills that were typed or called, as hooks told. */
  skills: string[];
  /** What calls of Edit and Write did, as hooks told, by the id of the call. */
  edits?: Record<string, EditedLines>;
}

/** Slack between a SessionEnd and lines that are written after it, before the session counts as reopened. */
const REOPEN_AFTER_MS = 2_000;

/** Whether a row that comes of a line is wanted: where in which file the line ends; main's agent is undefined. */
export type IsNew = (agent: AgentTranscript | undefined, end: number) => boolean;

/**
 * Every row that a session's transcripts yield: its requests, tool calls, skills, the starts and stops of its
 * subagents, its summary. Pure: the same transcripts and state give the same rows, whatever the time.
 *
 * @param version when the transcripts were read, milliseconds since 1970
 * @param isNew leaves out rows whose lines are known to have been sent
 */
export function sessionRows(
  transcripts: SessionTranscripts,
  state: SessionState,
  recorder: Recorder,
  version: number,
  isNew: IsNew = () => true,
): SignalRow[] {
  const sightings = gather(transcripts);
  const calls = [
    ...transcripts.main.toolCalls.map((call) => ({ call, agent: undefined })),
    ...transcripts.agents.flatMap((agent) => agent.transcript.toolCalls.map((call) => ({ call, agent }))),
  ]
    .filter(isDone)
    .filter(({ call, agent }) => isNew(agent, call.end));
  const shared = {
    ...stamp(recorder),
    session_id: state.sessionId,
    project: state.project,
    source: 'transcript',
  };

  return [
    ...sightings
      .filter(({ response, agent }) => isNew(agent, response.end))
      .map((sighting): SignalRow => ({
        table: 'api_requests',
        row: requestRow(sighting, shared),
      })),
    ...calls.map(({ call, agent }): SignalRow => ({
      table: 'telemetry_events',
      row: toolCallRow(call, agent, shared),
    })),
    ...skillRows(
      calls,
      transcripts.typedSkills.filter(({ end }) => isNew(undefined, end)),
      shared,
    ),
    ...agentRows(transcripts, state.stops, shared),
    ...(isKnown(transcripts, state)
      ? [
          {
            table: 'session_summaries',
            row: { ...shared, ...summaryColumns(transcripts, state, sightings, version) },
          } satisfies SignalRow,
        ]
      : []),
  ];
}

/** Columns that all rows of a session share. */
export type SessionColumns = ReturnType<typeof stamp> & {
  session_id: string;
  project: string;
  source: string;
};

interface Sighting {
  response: Response;
  agent: AgentTranscript | undefined;
  /** List price, USD; null where none is known. */
  cost: number | null;
}

/** Every response of a session's files, but for the copies of main-branch messages that side questions replay. */
function gather({ main, agents }: SessionTranscripts): Sighting[] {
  const sightings = [
    ...main.responses.map((response) => ({ response, agent: undefined })),
    ...agents.flatMap((agent) => agent.transcript.responses.map((response) => ({ response, agent }))),
  ];
  const onMainBranch = new Set(
    sightings.flatMap(({ response }) => (response.sidechain ? [] : [response.messageId])),
  );
  onMainBranch.delete('');
  return sightings
    .filter(({ response }) => !response.sidechain || !onMainBranch.has(response.messageId))
    .map(({ response, agent }) => ({
      response,
      agent,
      cost: priceRequest(response.model, response.usage, response.at),
    }));
}

/** Own columns first: V8 makes such an object a hundred times faster than one that begins with a spread. */
function requestRow({ response, agent, cost }: Sighting, shared: SessionColumns) {
  const { usage } = response;
  return {
    event_id: identify('api_request', response.key, 'transcript', response.copy ? 'copy' : 'own'),
    timestamp: storeTime(response.at),
    prompt_id: response.promptId,
    agent_id: agent?.agentId ?? response.agentId,
    agent_type: agent?.agentType ?? response.agentType,
    skill_name: response.skillName,
    model: response.model,
    request_key: response.key,
    request_id: response.requestId,
    message_id: response.messageId,
    parent_agent_id: agent?.parentAgentId ?? '',
    git_branch: response.branch,
    is_sidechain: response.sidechain ? 1 : 0,
    is_copy: response.copy ? 1 : 0,
    is_final: response.final ? 1 : 0,
    input_tokens: usage.input,
    output_tokens: usage.output,
    cache_read_tokens: usage.cacheRead,
    cache_creation_tokens: usage.cacheCreation5m + usage.cacheCreation1h,
    cache_creation_5m_tokens: usage.cacheCreation5m,
    cache_creation_1h_tokens: usage.cacheCreation1h,
    web_search_requests: usage.webSearches,
    speed: usage.speed,
    service_tier: usage.serviceTier,
    inference_geo: usage.inferenceGeo,
    cost_usd: exactPrice(cost),
    reported_cost_usd: null,
    duration_ms: null,
    ...shared,
  };
}

/** A tool call that has its result, and whose it is: main's agent is undefined. */
export interface DoneCall {
  call: ToolCall & { outcome: ToolOutcome };
  agent: AgentTranscript | undefined;
}

function isDone(entry: { call: ToolCall; agent: AgentTranscript | undefined }): entry is DoneCall {
  return entry.call.outcome !== null && !entry.call.copy;
}

function toolCallRow(call: DoneCall['call'], agent: AgentTranscript | undefined, shared: SessionColumns) {
  return {
    event_id: identify('tool_call', call.id, 'transcript'),
    timestamp: storeTime(call.at),
    prompt_id: call.promptId,
    agent_id: agent?.agentId ?? '',
    agent_type: agent?.agentType ?? '',
    skill_name: call.skill,
    model: '',
    event: 'tool_call',
    status: call.outcome.failed ? 'failure' : 'success',
    error_class: call.outcome.errorClass,
    tool_name: call.name,
    tool_use_id: call.id,
    // A transcript shows when the result was written, not when the tool ran: waiting for a person counts in.
    duration_ms: null,
    ...noWork,
    payload: JSON.stringify({ answered_after_ms: Math.max(0, call.outcome.at - call.at) }),
    version: 1,
    ...shared,
  };
}

/** A SessionStart that belongs to a fork names the parent: with no line and no end there is nothing to sum up. */
function isKnown(transcripts: SessionTranscripts, state: SessionState): boolean {
  return transcripts.main.lastAt !== null || state.end !== null;
}

function summaryColumns(
  transcripts: SessionTranscripts,
  state: SessionState,
  sightings: readonly Sighting[],
  version: number,
) {
  const { main, agents, typedSkills } = transcripts;
  const costOf = new Map(sightings.map(({ response, cost }) => [response, cost]));
  const all = unique(sightings.map(({ response }) => response)).filter(({ copy }) => !copy);
  const calls = [main, ...agents.map(({ transcript }) => transcript)]
    .flatMap(({ toolCalls }) => toolCalls)
    .filter((call) => !call.copy);
  const done = calls.filter(({ outcome }) => outcome !== null);
  const costs = all.map((response) => costOf.get(response) ?? null);
  const priced = costs.filter((cost) => cost !== null);
  const sum = (of: (response: Response) => number) =>
    all.reduce((total, response) => total + of(response), 0);
  const input = sum(({ usage }) => usage.input);
  const output = sum(({ usage }) => usage.output);
  const cacheRead = sum(({ usage }) => usage.cacheRead);
  const cacheCreation = sum(({ usage }) => usage.cacheCreation5m + usage.cacheCreation1h);
  const lastAt = latest([main.lastAt, ...agents.map(({ transcript }) => transcript.lastAt)]);
  const ended =
    state.end !== null && !state.open && (lastAt === null || lastAt <= state.end.at + REOPEN_AFTER_MS)
      ? state.end
      : null;
  const skills = new Set(
    [
      ...state.skills,
      ...calls.map(({ skill }) => skill),
      ...typedSkills.filter(({ copy }) => !copy).map(({ name }) => name),
    ].filter((skill) => skill !== ''),
  );
  const agentTypes = new Set([
    ...agents.map(({ agentType }) => agentType),
    ...Object.values(state.stops).map(({ agentType }) => agentType),
  ]);
  agentTypes.delete('');
  const lines = sessionLines(transcripts, state.edits);

  return {
    event_id: identify('session', state.sessionId),
    timestamp: storeTime(lastAt ?? ended?.at ?? version),
    started_at: main.firstAt === null ? null : storeTime(main.firstAt),
    last_activity_at: lastAt === null ? null : storeTime(lastAt),
    ended_at: ended === null ? null : storeTime(ended.at),
    end_reason: ended?.reason ?? '',
    models: [...new Set(all.map(({ model }) => model))].sort(),
    prompts: main.prompts.length,
    requests: all.length,
    tool_calls: done.length,
    tool_failures: done.filter(({ outcome }) => outcome?.failed).length,
    lines_added: lines?.added ?? null,
    lines_removed: lines?.removed ?? null,
    agents_used: agentTypes.size,
    skills_used: skills.size,
    input_tokens: input,
    output_tokens: output,
    cache_read_tokens: cacheRead,
    cache_creation_tokens: cacheCreation,
    total_tokens: input + output + cacheRead + cacheCreation,
    total_cost_usd: priced.length === 0 ? null : priced.reduce((total, cost) => total + cost, 0),
    unpriced_requests: costs.length - priced.length,
    version,
  };
}

/** Each response once: a side question's replay of a message gives way to the main branch's copy. */
export function unique(responses: readonly Response[]): Response[] {
  const byMessage = new Map<string, Response>();
  for (const response of [...responses].sort((a, b) => Number(a.sidechain) - Number(b.sidechain))) {
    const id = response.messageId === '' ? response.key : response.messageId;
    if (!byMessage.has(id)) byMessage.set(id, response);
  }
  return [...byMessage.values()].sort((a, b) => a.at - b.at);
}

function latest(times: (number | null)[]): number | null {
  return times.reduce((last, at) => (at !== null && (last === null || at > last) ? at : last), null);
}
