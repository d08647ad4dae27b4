import { identify } from '../../identity.js';
import type { ApiRequestRow } from '../../../datasources/index.js';
import type { AttributeReader } from './reader.js';
import { isSubagent, workColumns } from './work.js';

/**
 * A request as OpenTelemetry sees it. Complete and billed, but poorer than a transcript in three things: it does
 * not know how long cache writes live (both parts are 0, the sum is right), no message id, no web searches.
 *
 * @param sighting what saw it: the `api_request` event, or the `llm_request` span, which knows the subagent's id
 * @param fallbackKey identity of the record, for a provider that gives requests no id
 */
export function apiRequestColumns(
  read: AttributeReader,
  sighting: 'own' | 'span',
  fallbackKey: string,
): Omit<ApiRequestRow, keyof SharedColumns> {
  const requestId = read.name('request_id');
  const key = [requestId, read.name('client_request_id'), fallbackKey].find((id) => id !== '') ?? '';
  const reported = read.number('cost_usd') ?? microdollars(read.number('cost_usd_micros'));
  return {
    ...workColumns(read),
    event_id: identify('api_request', key, 'otel', sighting),
    request_key: key,
    request_id: requestId,
    message_id: '',
    parent_agent_id: read.name('parent_agent_id'),
    git_branch: '',
    is_sidechain: isSubagent(read) ? 1 : 0,
    is_copy: 0,
    is_final: 1,
    input_tokens: read.count('input_tokens') ?? 0,
    output_tokens: read.count('output_tokens') ?? 0,
    cache_read_tokens: read.count('cache_read_tokens') ?? 0,
    cache_creation_tokens: read.count('cache_creation_tokens') ?? 0,
    cache_creation_5m_tokens: 0,
    cache_creation_1h_tokens: 0,
    web_search_requests: 0,
    // What the API calls standard, the client's events call normal.
    speed: read.name('speed') === 'normal' ? 'standard' : read.name('speed'),
    service_tier: '',
    inference_geo: '',
    cost_usd: reported,
    reported_cost_usd: reported,
    // A span's duration counts its retries in: the event's is the request's own.
    duration_ms: sighting === 'span' ? null : read.count('duration_ms'),
  };
}

/** Whether the record tells what a request used: one that failed used nothing. */
export function hasUsage(read: AttributeReader): boolean {
  return read.count('input_tokens') !== null && read.count('output_tokens') !== null;
}

/** Columns that every fact of Claude Code has, whatever its table. */
export type SharedColumns = Pick<
  ApiRequestRow,
  'timestamp' | 'session_id' | 'project' | 'source' | 'origin' | 'device' | 'privacy_tier' | 'schema_version'
>;

function microdollars(micros: number | null): number | null {
  return micros === null ? null : micros / 1e6;
}
