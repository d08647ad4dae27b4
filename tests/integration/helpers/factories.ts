/** Rows of the tables with default values, for tests. */
import type {
  AgentActivationRow,
  ApiRequestRow,
  SessionSummaryRow,
  SkillActivationRow,
  TelemetryEventRow,
} from '../../../src/catalogue.js';
import { noWork } from '../../../src/signals/row.js';

let made = 0;

/** Columns of every row; ids count up, so that no two rows are equal by accident. */
const common = () => {
  made += 1;
  return {
    event_id: `event-${made}`,
    timestamp: '2026-03-02 12:00:00.000',
    session_id: 'session-1',
    project: 'shop-00000001',
    source: 'transcript',
    origin: 'live',
    device: 'test',
    privacy_tier: 1,
    schema_version: 1,
    prompt_id: '',
    agent_id: '',
    agent_type: '',
    skill_name: '',
    model: '',
  };
};

/** By default, the start of a subagent. */
export function makeAgentActivationRow(some: Partial<AgentActivationRow> = {}): AgentActivationRow {
  return {
    ...common(),
    source: 'hook',
    agent_id: 'agent-1',
    agent_type: 'Explore',
    event: 'start',
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_creation_tokens: null,
    duration_ms: null,
    version: 1,
    ...some,
  };
}

/** By default, a successful skill call by the model. */
export function makeSkillActivationRow(some: Partial<SkillActivationRow> = {}): SkillActivationRow {
  return {
    ...common(),
    source: 'hook',
    skill_name: 'release-notes',
    trigger: 'model',
    tool_use_id: 'toolu_1',
    duration_ms: 10,
    success: true,
    error_class: '',
    version: 2,
    ...some,
  };
}

/** By default, the final sighting of a main-thread request by its transcript. Its cost is 0.01 USD. */
export function makeApiRequestRow(some: Partial<ApiRequestRow> = {}): ApiRequestRow {
  const row = common();
  return {
    ...row,
    model: 'claude-opus-4-8',
    request_key: `req_${made}`,
    request_id: `req_${made}`,
    message_id: `msg_${made}`,
    parent_agent_id: '',
    git_branch: 'main',
    is_sidechain: 0,
    is_copy: 0,
    is_final: 1,
    is_refused: 0,
    input_tokens: 100,
    output_tokens: 50,
    cache_read_tokens: 800,
    cache_creation_tokens: 50,
    cache_creation_5m_tokens: 50,
    cache_creation_1h_tokens: 0,
    web_search_requests: 0,
    speed: 'standard',
    service_tier: 'standard',
    inference_geo: '',
    cost_usd: 0.01,
    reported_cost_usd: null,
    duration_ms: null,
    price_source: 'list',
    price_version: 0,
    ...some,
  };
}

/** By default, a successful tool call reported by a transcript. */
export function makeTelemetryEventRow(some: Partial<TelemetryEventRow> = {}): TelemetryEventRow {
  return {
    ...common(),
    event: 'tool_call',
    status: 'success',
    error_class: '',
    tool_name: 'Bash',
    tool_use_id: `toolu_${made}`,
    duration_ms: null,
    ...noWork,
    payload: '{}',
    version: 1,
    ...some,
  };
}

/** By default, a session that has ended. */
export function makeSessionSummaryRow(some: Partial<SessionSummaryRow> = {}): SessionSummaryRow {
  const { event_id, timestamp, session_id, project, source, origin, device, privacy_tier, schema_version } =
    common();
  return {
    event_id,
    timestamp,
    session_id,
    project,
    source,
    origin,
    device,
    privacy_tier,
    schema_version,
    started_at: '2026-03-02 11:00:00.000',
    last_activity_at: '2026-03-02 12:00:00.000',
    ended_at: '2026-03-02 12:00:01.000',
    end_reason: 'other',
    session_type: 'interactive',
    user: '',
    models: ['claude-opus-4-8'],
    prompts: 2,
    requests: 1,
    tool_calls: 3,
    tool_failures: 1,
    lines_added: null,
    lines_removed: null,
    agents_used: 0,
    skills_used: 0,
    input_tokens: 100,
    output_tokens: 50,
    cache_read_tokens: 800,
    cache_creation_tokens: 50,
    total_tokens: 1_000,
    total_cost_usd: 0.01,
    unpriced_requests: 0,
    reported_cost_usd: null,
    reported_cost_basis: '',
    reported_models: '{}',
    version: 1,
    ...some,
  };
}
