import { identify } from '../../identity.js';
import { asName } from '../../privacy/name.js';
import { noWork, type SignalRow } from '../../row.js';
import { otelEventVersion } from '../../versions.js';
import { milliseconds } from '../field.js';
import type { Span } from '../traces/span.js';
import { apiRequestColumns, hasUsage } from './api-request.js';
import { sharedColumns, type FactContext } from './event.js';
import { AttributeReader } from './reader.js';
import { workColumns } from './work.js';

/**
 * What a span of Claude Code adds to the facts: the subagent's id, which no log event carries. A request and a
 * tool call are seen a second time, with the ids they have in every layer, and merge with what else saw them.
 *
 * Source: reference notes on Claude Code, §4.5.
 */
export function spanFacts(span: Span, context: FactContext): SignalRow[] {
  const read = new AttributeReader(span.attributes);
  switch (span.name) {
    case 'claude_code.llm_request':
      return read.name('request_id') !== '' && hasUsage(read) ? [request(span, read, context)] : [];
    case 'claude_code.tool':
      return read.name('tool_use_id') !== '' && read.name('agent_id') !== ''
        ? [toolCall(span, read, context)]
        : [];
    default:
      return [];
  }
}

function request(span: Span, read: AttributeReader, context: FactContext): SignalRow {
  // The event that tells the same request is dated by its end.
  const at = milliseconds(span.endNanos);
  return {
    table: 'api_requests',
    row: { ...sharedColumns(read, at, context), ...apiRequestColumns(read, at, 'span', '') },
  };
}

function toolCall(span: Span, read: AttributeReader, context: FactContext): SignalRow {
  const at = milliseconds(span.startNanos);
  return {
    table: 'telemetry_events',
    row: {
      ...sharedColumns(read, at, context),
      ...workColumns(read),
      ...noWork,
      event_id: identify('tool_call', read.name('tool_use_id'), 'otel', 'span'),
      event: 'tool_call',
      status: '',
      error_class: '',
      tool_name: asName(read.name('tool_name')),
      tool_use_id: read.name('tool_use_id'),
      // It counts the wait for a person's permission in: the event's is the tool's own.
      duration_ms: null,
      payload: '{}',
      version: otelEventVersion(at),
    },
  };
}
