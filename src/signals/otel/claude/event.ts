/** Turns Claude Code's OpenTelemetry log events into rows. */
import { identify } from '../../identity.js';
import { eventNameOf } from '../../privacy/event-name.js';
import { asName } from '../../privacy/name.js';
import { redactText } from '../../privacy/redact-text.js';
import { noWork, stamp, type Recorder, type SignalRow } from '../../row.js';
import { storeTime } from '../../../base/time/store-time.js';
import { errorClass, skillName } from '../../transcript/tool-use.js';
import { otelEventVersion, otelPromptVersion } from '../../versions.js';
import { parseObject } from '../../../base/json/json.js';
import { milliseconds } from '../field.js';
import type { LogRecord } from '../logs/record.js';
import { textOf } from '../value.js';
import { apiRequestColumns, hasUsage, refusedRequestColumns, requestKey } from './api-request.js';
import { eventPayload } from './payload.js';
import { AttributeReader } from './reader.js';
import { workColumns } from './work.js';
import type { EpochMs } from '../../../base/time/units.js';

/** What is needed besides the record to make its row. */
export interface FactContext {
  recorder: Recorder;
  /** The project of a folder on the machine that recorded it. */
  projectOf: (folder: string) => string;
}

/** The rows of a log event of Claude Code: that of {@link eventRow}, and the request that a refusal is about. */
export function eventRows(record: LogRecord, context: FactContext): SignalRow[] {
  const row = eventRow(record, context);
  const read = new AttributeReader(record.attributes);
  if (eventName(record) !== 'api_refusal' || requestKey(read) === '') return [row];
  const at = milliseconds(record.nanos);
  return [
    row,
    { table: 'api_requests', row: { ...sharedColumns(read, at, context), ...refusedRequestColumns(read) } },
  ];
}

/**
 * The row of a log event of Claude Code: an API request, or another event.
 *
 * Source: reference notes on Claude Code, §4.4. Unknown events are normal: they are kept by name.
 */
export function eventRow(record: LogRecord, context: FactContext): SignalRow {
  const read = new AttributeReader(record.attributes);
  const name = eventName(record);
  const shared = sharedColumns(read, milliseconds(record.nanos), context);
  const recordId = recordIdentity(name, record, read);
  if (name === 'api_request' && hasUsage(read)) {
    return {
      table: 'api_requests',
      row: {
        ...shared,
        ...apiRequestColumns(read, milliseconds(record.nanos), 'own', recordId, context.recorder.prices),
      },
    };
  }
  return {
    table: 'telemetry_events',
    row: {
      ...shared,
      ...workColumns(read),
      ...noWork,
      sequence: read.count('event.sequence'),
      ...eventColumns(name, read, recordId, milliseconds(record.nanos)),
      payload: eventPayload(name, read),
    },
  };
}

/** Columns that every row has, from any kind of record. */
export function sharedColumns(read: AttributeReader, at: EpochMs, { recorder, projectOf }: FactContext) {
  const folder = read.first('workspace.host_paths');
  return {
    ...stamp(recorder),
    timestamp: storeTime(at),
    session_id: redactText(read.name('session.id')),
    project: folder === '' ? '' : projectOf(folder),
    source: 'otel',
  };
}

/** Columns by kind of event. An event that other layers report too gets the same name and identity as there. */
function eventColumns(name: string, read: AttributeReader, recordId: string, at: EpochMs) {
  const toolUseId = read.name('tool_use_id');
  const own = {
    event_id: recordId,
    event: name,
    status: statusOf(read),
    error_class: errorClassOf(read),
    tool_name: asName(read.name('tool_name')),
    tool_use_id: toolUseId,
    duration_ms: read.count('duration_ms') ?? read.count('total_duration_ms'),
    version: otelEventVersion(at),
  };
  switch (name) {
    case 'tool_result':
      return {
        ...own,
        ...(toolUseId !== '' && { event_id: identify('tool_call', toolUseId, 'otel') }),
        event: 'tool_call',
        skill_name: own.tool_name === 'Skill' ? skillOf(read) : '',
      };
    case 'tool_decision':
      return { ...own, ...(toolUseId !== '' && { event_id: identify(name, toolUseId) }) };
    case 'user_prompt':
      return { ...own, ...promptIdentity(read), event: 'prompt' };
    case 'api_error': {
      const request = read.name('request_id') || read.name('client_request_id');
      const attempt = String(read.count('attempt') ?? '');
      return { ...own, ...(request !== '' && { event_id: identify(name, request, attempt) }) };
    }
    case 'subagent_completed':
      return { ...own, agent_type: asName(read.name('agent_type')) };
    default:
      return own;
  }
}

/** A prompt is one row however many layers report it; versions.ts says which report wins. */
function promptIdentity(read: AttributeReader) {
  const [session, prompt] = [read.name('session.id'), read.name('prompt.id')];
  return session === '' || prompt === ''
    ? {}
    : { event_id: identify('prompt', session, prompt), version: otelPromptVersion() };
}

/** The skill of a Skill call, if the user allows the client to report it (OTEL_LOG_TOOL_DETAILS). */
function skillOf(read: AttributeReader): string {
  const parameters = parseObject(read.text('tool_parameters'));
  return skillName({ skill: parameters?.skill_name });
}

function statusOf(read: AttributeReader): string {
  const success = read.flag('success');
  if (success !== null) return success ? 'success' : 'failure';
  const status = read.word('status');
  return status === 'connected' ? 'success' : status === 'failed' ? 'failure' : '';
}

/** The kind of failure, never its text: the client's own word, the HTTP status, or derived from the text. */
function errorClassOf(read: AttributeReader): string {
  const error = read.text('error');
  const status = read.count('status_code');
  // A shell's exit code says more than `ShellError`, and is what hooks and transcripts report.
  if (/^(?:Error: )?Exit code \d/.test(error)) return errorClass(error);
  const kind = ['error_type', 'error_name', 'error_category', 'error_code'].map((key) => read.word(key));
  const named = kind.find((word) => word !== '');
  if (named !== undefined) return named;
  if (status !== null && status >= 400) return `http_${status}`;
  return error !== '' || read.flag('success') === false ? errorClass(error) : '';
}

/** The event's name without the client's prefix. Releases put it in different fields. */
function eventName({ attributes, eventName: field, body }: LogRecord): string {
  const named = [textOf(attributes.get('event.name') ?? ''), field, textOf(body)].find((text) => text !== '');
  return eventNameOf((named ?? '').replace(/^claude_code\./, ''));
}

/**
 * The identity of an event without a natural one: its number in the session's sequence and its time (a resumed session
 * counts from 0 again). Without a sequence number, the identity is a hash of the content.
 */
function recordIdentity(name: string, record: LogRecord, read: AttributeReader): string {
  const place = read.name('event.sequence');
  return identify(
    name,
    'otel',
    read.name('session.id'),
    String(record.nanos),
    place === '' ? JSON.stringify([...record.attributes].map(([key, value]) => [key, textOf(value)])) : place,
  );
}
