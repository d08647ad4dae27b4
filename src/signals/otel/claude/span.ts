/** Turns Claude Code's spans into rows. */
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
 * The rows of a Claude Code span. Spans add the subagent's id, which no log event has. They report requests and tool
 * calls a second time, under the ids of the other layers, and merge with those rows.
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
  // The request's event has the time of its end, so the span uses its end too.
  const at = milliseconds(span.endNanos);
  return {
    table: 'api_requests',
    row: {
      ...sharedColumns(read, at, context),
      ...apiRequestColumns(read, at, 'span', '', context.recorder.prices),
    },
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
      // The span includes the wait for the user's permission; the event has the duration of the tool alone.
      duration_ms: null,
      payload: '{}',
      version: otelEventVersion(at),
    },
  };
}
