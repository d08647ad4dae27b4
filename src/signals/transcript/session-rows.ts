/** Makes the rows of a session from its transcripts: requests, tool calls, skills, subagents and the summary. */
import type { EpochMs } from '../../base/time/units.js';
import { clientCosts } from './client-costs.js';
import { agentRows } from './agent-rows.js';
import { checkRows } from './check-rows.js';
import { commitRows } from './commit-rows.js';
import { noteRow } from './note-rows.js';
import { contentRows } from './content-rows.js';
import { identify } from '../identity.js';
import {
  exactPrice,
  listOnly,
  priceRequest,
  priceSource,
  type PriceSource,
  type PriceTerms,
} from '../pricing.js';
import { redactText } from '../privacy/redact-text.js';
import { stamp, type Recorder, type SignalRow } from '../row.js';
import {
  replaysIn,
  type DoneCall,
  type SessionColumns,
  type SessionState,
  type Sighted,
} from './session-columns.js';
import { tellReusedIdsApart } from './reused-ids.js';
import { sessionLines } from './session-lines.js';
import type { AgentTranscript, SessionTranscripts } from './session.js';
import { skillRows } from './skill-rows.js';
import { storeTime } from '../../base/time/store-time.js';
import { eventVersion, summaryVersion } from '../versions.js';
import type { ToolCall } from './transcript-types.js';

/** Lines written this soon after a SessionEnd do not reopen the session. */
const REOPEN_AFTER_MS = 2_000;

/**
 * Whether the row of a line is wanted, by the end of the line in its file; `agent` is undefined for the main thread.
 */
export type IsNew = (agent: AgentTranscript | undefined, end: number) => boolean;

/**
 * All rows of a session's transcripts: requests, tool calls, skills, starts and stops of subagents, and the summary.
 * Pure: the same transcripts and state give the same rows at any time.
 *
 * @param computedAt when the transcripts were read; see {@link summaryVersion}
 * @param isNew leaves out rows whose lines are known to have been sent
 */
export function sessionRows(
  transcripts: SessionTranscripts,
  state: SessionState,
  recorder: Recorder,
  computedAt: EpochMs,
  isNew: IsNew = () => true,
): SignalRow[] {
  const prices = recorder.prices ?? listOnly;
  const sightings = gather(transcripts, prices);
  const calls = doneCalls(transcripts, isNew);
  const { origin, device, privacy_tier, schema_version } = stamp(recorder);
  // Without a spread, which would give each object a V8 shape of its own (bench/backfill.ts).
  const shared = {
    origin,
    device,
    privacy_tier,
    schema_version,
    session_id: redactText(state.sessionId),
    project: state.project,
    source: 'transcript',
  };
  const rows: SignalRow[] = [];
  addRequests(rows, sightings, isNew, shared, prices.version);
  addToolCalls(rows, calls, shared);
  const typed = transcripts.typedSkills.filter(({ end }) => isNew(undefined, end));
  for (const row of skillRows(calls, typed, shared)) rows.push(row);
  for (const { transcript, agent } of threadsOf(transcripts))
    for (const note of transcript.notes)
      if (!note.copy && isNew(agent, note.end)) rows.push(noteRow(note, agent, shared));
  for (const row of commitRows(threadsOf(transcripts), isNew, shared)) rows.push(row);
  for (const row of checkRows(calls, shared)) rows.push(row);
  for (const row of agentRows(transcripts, state.stops, shared)) rows.push(row);
  if (recorder.privacyTier > 1)
    for (const row of contentRows(transcripts, recorder.privacyTier, isNew, shared)) rows.push(row);
  if (isKnown(transcripts, state))
    rows.push({
      table: 'session_summaries',
      row: summaryRow(transcripts, state, sightings, computedAt, recorder.user ?? '', shared),
    });
  return rows;
}

/** A separate function, like the next one: V8 would recompile a larger one for each new shape (bench/backfill.ts). */
function addRequests(
  rows: SignalRow[],
  sightings: readonly Sighting[],
  isNew: IsNew,
  shared: SessionColumns,
  priceVersion: EpochMs,
): void {
  for (const sighting of sightings)
    if (isNew(sighting.agent, sighting.response.end))
      rows.push({ table: 'api_requests', row: requestRow(sighting, shared, priceVersion) });
}

function addToolCalls(rows: SignalRow[], calls: readonly DoneCall[], shared: SessionColumns): void {
  for (const call of calls) rows.push({ table: 'telemetry_events', row: toolCallRow(call, shared) });
}

interface Sighting extends Sighted {
  agent: AgentTranscript | undefined;
  /** Price, USD; null if unknown. */
  cost: number | null;
  /** Where it comes from; empty if unknown. */
  priceSource: PriceSource;
}

/** The transcripts of a session, each with its subagent, which is undefined for the main thread. */
function threadsOf({ main, agents }: SessionTranscripts) {
  return [
    { transcript: main, agent: undefined },
    ...agents.map((agent) => ({ transcript: agent.transcript, agent })),
  ];
}

/**
 * Every response of a session, without the replays of side questions.
 *
 * This function and those below run for every request and call of a history. They use loops, because V8 would compile a
 * closure anew for each session. Run bench/backfill.ts before changing that.
 */
function gather(transcripts: SessionTranscripts, prices: PriceTerms): Sighting[] {
  const sightings: Sighting[] = [];
  for (const { transcript, agent } of threadsOf(transcripts))
    for (const response of transcript.responses) {
      const cost = response.declined ? 0 : priceRequest(response.model, response.usage, response.at, prices);
      sightings.push({
        response,
        agentType: agent?.agentType ?? response.agentType,
        agent,
        cost,
        priceSource:
          cost === null || response.declined ? '' : priceSource(response.model, response.at, prices),
      });
    }
  tellReusedIdsApart(sightings);
  const replays = replaysIn(sightings);
  return replays.size === 0 ? sightings : sightings.filter(({ response }) => !replays.has(response));
}

/** The calls that have a result, without those that are known to have been sent. */
function doneCalls(transcripts: SessionTranscripts, isNew: IsNew): DoneCall[] {
  const calls: DoneCall[] = [];
  for (const { transcript, agent } of threadsOf(transcripts))
    for (const call of transcript.toolCalls)
      if (isDone(call) && isNew(agent, call.end)) calls.push({ call, agent });
  return calls;
}

/**
 * The shared columns are listed one by one, here and below: with a spread, V8 takes more memory and a tenth more time
 * (bench/backfill.ts).
 */
function requestRow(
  { response, agentType, agent, cost, priceSource }: Sighting,
  shared: SessionColumns,
  priceVersion: EpochMs,
) {
  const { usage, declined } = response;
  return {
    event_id: identify('api_request', response.key, 'transcript', response.copy ? 'copy' : 'own'),
    timestamp: storeTime(response.at),
    prompt_id: response.promptId,
    agent_id: agent?.agentId ?? response.agentId,
    agent_type: agentType,
    skill_name: response.skillName,
    model: response.model,
    request_key: response.key,
    request_id: response.requestId,
    message_id: response.messageId,
    parent_agent_id: agent?.parentAgentId ?? '',
    git_branch: response.branch,
    is_sidechain: response.sidechain ? 1 : 0,
    is_copy: response.copy ? 1 : 0,
    is_final: response.final && !declined ? 1 : 0,
    is_refused: declined ? 1 : 0,
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
    price_source: priceSource,
    price_version: declined ? 0 : priceVersion,
    origin: shared.origin,
    device: shared.device,
    privacy_tier: shared.privacy_tier,
    schema_version: shared.schema_version,
    session_id: shared.session_id,
    project: shared.project,
    source: shared.source,
  };
}

function isDone(call: ToolCall): call is DoneCall['call'] {
  return call.outcome !== null && !call.copy;
}

function toolCallRow({ call, agent }: DoneCall, shared: SessionColumns) {
  return {
    event_id: identify('tool_call', call.id, 'transcript'),
    timestamp: storeTime(call.at),
    prompt_id: call.promptId,
    agent_id: agent?.agentId ?? '',
    agent_type: agent?.agentType ?? '',
    skill_name: call.skill,
    model: call.model,
    event: 'tool_call',
    status: call.outcome.failed ? 'failure' : 'success',
    error_class: call.outcome.errorClass,
    tool_name: call.name,
    tool_use_id: call.id,
    // A transcript has the time when the result was written, not the tool's run time: a wait for the user is included.
    duration_ms: null,
    task_id: '',
    feature_id: '',
    phase: '',
    commit_hash: '',
    pr_number: null,
    sequence: call.place,
    payload: `{"answered_after_ms":${Math.max(0, call.outcome.at - call.at)}}`,
    version: eventVersion(),
    origin: shared.origin,
    device: shared.device,
    privacy_tier: shared.privacy_tier,
    schema_version: shared.schema_version,
    session_id: shared.session_id,
    project: shared.project,
    source: shared.source,
  };
}

/**
 * Whether anything is known of the session. A SessionStart of a fork names the parent: without a line or an end, there
 * is nothing to sum up.
 */
function isKnown(transcripts: SessionTranscripts, state: SessionState): boolean {
  return transcripts.main.lastAt !== null || state.end !== null;
}

/**
 * Its own columns come first, then one spread: V8 builds an object that begins with a spread much more slowly
 * (bench/backfill.ts).
 */
function summaryRow(
  transcripts: SessionTranscripts,
  state: SessionState,
  sightings: readonly Sighting[],
  computedAt: EpochMs,
  user: string,
  shared: SessionColumns,
) {
  const { main, agents, typedSkills } = transcripts;
  const used = spendOf(sightings);
  const { calls, failures, skills } = callsOf(transcripts);
  const lastAt = latest([main.lastAt, ...agents.map(({ transcript }) => transcript.lastAt)]);
  const ended =
    state.end !== null && !state.open && (lastAt === null || lastAt <= state.end.at + REOPEN_AFTER_MS)
      ? state.end
      : null;
  for (const skill of state.skills) skills.add(skill);
  for (const { name, copy } of typedSkills) if (!copy) skills.add(name);
  skills.delete('');
  const agentTypes = new Set([
    ...agents.map(({ agentType }) => agentType),
    ...Object.values(state.stops).map(({ agentType }) => agentType),
  ]);
  agentTypes.delete('');
  const lines = sessionLines(transcripts, state.edits);

  return {
    event_id: identify('session', state.sessionId),
    timestamp: storeTime(lastAt ?? ended?.at ?? computedAt),
    started_at: main.firstAt === null ? null : storeTime(main.firstAt),
    last_activity_at: lastAt === null ? null : storeTime(lastAt),
    ended_at: ended === null ? null : storeTime(ended.at),
    end_reason: ended?.reason ?? '',
    session_type: main.type,
    user,
    models: [...used.models].sort(),
    prompts: main.prompts.length,
    requests: used.requests,
    tool_calls: calls,
    tool_failures: failures,
    lines_added: lines?.added ?? null,
    lines_removed: lines?.removed ?? null,
    agents_used: agentTypes.size,
    skills_used: skills.size,
    input_tokens: used.input,
    output_tokens: used.output,
    cache_read_tokens: used.cacheRead,
    cache_creation_tokens: used.cacheCreation,
    total_tokens: used.input + used.output + used.cacheRead + used.cacheCreation,
    total_cost_usd: used.unpriced === used.requests ? null : used.cost,
    unpriced_requests: used.unpriced,
    ...clientCosts(main.costState),
    version: summaryVersion(computedAt),
    ...shared,
  };
}

/** Usage of the session's own requests. `cost` is the list price of the priced ones, USD. */
function spendOf(sightings: readonly Sighting[]) {
  const spend = {
    models: new Set<string>(),
    requests: 0,
    unpriced: 0,
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheCreation: 0,
    cost: 0,
  };
  const counted = new Set<string>();
  for (const { response, cost } of sightings) {
    const { usage, key } = response;
    if (response.copy || response.declined || counted.has(key)) continue;
    counted.add(key);
    spend.models.add(response.model);
    spend.requests += 1;
    if (cost === null) spend.unpriced += 1;
    spend.input += usage.input;
    spend.output += usage.output;
    spend.cacheRead += usage.cacheRead;
    spend.cacheCreation += usage.cacheCreation5m + usage.cacheCreation1h;
    spend.cost += cost ?? 0;
  }
  return spend;
}

/** The session's own tool calls that have a result, and the skills that it called. */
function callsOf(transcripts: SessionTranscripts) {
  let [calls, failures] = [0, 0];
  const skills = new Set<string>();
  for (const { transcript } of threadsOf(transcripts))
    for (const { copy, outcome, skill } of transcript.toolCalls) {
      if (copy) continue;
      skills.add(skill);
      if (outcome !== null) calls += 1;
      if (outcome?.failed === true) failures += 1;
    }
  return { calls, failures, skills };
}

function latest(times: (number | null)[]): number | null {
  return times.reduce((last, at) => (at !== null && (last === null || at > last) ? at : last), null);
}
