/**
 * The rows of subagent starts and stops. Hooks report both to the millisecond. Transcripts report them later and less
 * exactly, and fill in what no hook reported. The row's version decides which one is kept (versions.ts).
 */
import { agentStart } from '../agent-start.js';
import { identify } from '../identity.js';
import type { SignalRow } from '../row.js';
import type { AgentTranscript, SessionTranscripts } from './session.js';
import { replaysIn, type SessionColumns, type SessionState } from './session-columns.js';
import { startingCalls } from './starting-calls.js';
import { storeTime } from '../../base/time/store-time.js';
import { startVersion, stopVersion } from '../versions.js';
import type { Response, ToolCall } from './transcript-types.js';
import type { EpochMs } from '../../base/time/units.js';

type Stop = SessionState['stops'][string];

/**
 * Rows of the session's subagents, from the transcripts and from the stops that hooks reported. A compaction and a side
 * question (`/btw`) send a stop, too, without a type and without a transcript: they are no subagents.
 */
export function agentRows(
  transcripts: SessionTranscripts,
  stops: SessionState['stops'],
  shared: SessionColumns,
): SignalRow[] {
  const byId = new Map(transcripts.agents.map((agent) => [agent.agentId, agent]));
  const byHook = { ...shared, source: 'hook' };
  const reported = Object.entries(stops)
    .filter(
      ([agentId, { agentType }]) =>
        agentType !== '' || (byId.get(agentId)?.transcript.firstAt ?? null) !== null,
    )
    .map(([agentId, stop]): SignalRow => ({
      table: 'agent_activations',
      row: stopRow(agentId, stop, byId.get(agentId), stopVersion('hook', stop.at), byHook),
    }));
  const starts = startingCalls(transcripts);
  const seen = transcripts.agents.flatMap((agent): SignalRow[] => {
    const { firstAt } = agent.transcript;
    if (firstAt === null) return [];
    const start: SignalRow = {
      table: 'agent_activations',
      row: startRow(agent, firstAt, shared),
    };
    if (Object.hasOwn(stops, agent.agentId)) return [start];
    const at = stopOf(agent, starts.get(agent.toolUseId), transcripts.main.agentNews.get(agent.agentId));
    if (at === null) return [start];
    const stop = { at, agentType: agent.agentType, promptId: agent.transcript.firstPromptId };
    const row = stopRow(agent.agentId, stop, agent, stopVersion('transcript', at), shared);
    return [start, { table: 'agent_activations', row }];
  });
  return [...reported, ...seen];
}

/**
 * When a subagent stopped, according to the transcript of its starter; null if that does not say.
 *
 * The result of the call that started it marks its end, unless it ran in the background: then a notification reports
 * the end later, and the subagent's own last line dates it. For a nested subagent it is unknown whether it ran in the
 * background: it ended with the result if it wrote nothing afterwards and waits for nothing.
 */
function stopOf(agent: AgentTranscript, call: ToolCall | undefined, news: string | undefined): number | null {
  const { lastAt, toolCalls, responses } = agent.transcript;
  if (news !== undefined && /^(?:completed|failed|killed|stopped)$/.test(news)) return lastAt;
  const outcome = call?.outcome ?? null;
  if (outcome === null) return null;
  if (outcome.failed || outcome.status === 'completed') return outcome.at;
  if (outcome.status !== '' || lastAt === null || lastAt > outcome.at) return null;
  const waits =
    toolCalls.some((one) => one.outcome === null) ||
    responses.findLast(({ isBeside }) => !isBeside)?.final !== true;
  return waits ? null : outcome.at;
}

function startRow(agent: AgentTranscript, at: EpochMs, shared: SessionColumns) {
  return {
    timestamp: storeTime(at),
    prompt_id: agent.transcript.firstPromptId,
    agent_id: agent.agentId,
    agent_type: agent.agentType,
    model: '',
    version: startVersion('transcript', at),
    ...agentStart(shared.session_id, agent.agentId),
    ...shared,
  };
}

function stopRow(
  agentId: string,
  stop: Stop,
  agent: AgentTranscript | undefined,
  version: number,
  shared: SessionColumns,
) {
  const responses = agent?.transcript.responses ?? [];
  const replays = replaysIn(responses.map((response) => ({ response, agentType: agent?.agentType ?? '' })));
  const own = responses.filter((response) => !response.copy && !replays.has(response));
  const last = own.reduce<Response | undefined>(
    (latest, one) => (one.isBeside || (latest !== undefined && one.at < latest.at) ? latest : one),
    undefined,
  );
  const sum = (of: (response: Response) => number) =>
    own.length === 0 ? null : own.reduce((total, response) => total + of(response), 0);
  const firstAt = agent?.transcript.firstAt ?? null;
  return {
    event_id: identify('agent_stop', shared.session_id, agentId),
    timestamp: storeTime(stop.at),
    prompt_id: stop.promptId,
    agent_id: agentId,
    agent_type: stop.agentType,
    skill_name: '',
    model: last?.model ?? '',
    event: 'stop',
    input_tokens: sum(({ usage }) => usage.input),
    output_tokens: sum(({ usage }) => usage.output),
    cache_read_tokens: sum(({ usage }) => usage.cacheRead),
    cache_creation_tokens: sum(({ usage }) => usage.cacheCreation5m + usage.cacheCreation1h),
    duration_ms: firstAt === null || firstAt > stop.at ? null : Math.round(stop.at - firstAt),
    version,
    ...shared,
  };
}
