/** The rows of what the client noted in a transcript besides messages. */
import { identify } from '../identity.js';
import { storeTime } from '../../base/time/store-time.js';
import { noWork, type SignalRow } from '../row.js';
import { eventVersion } from '../versions.js';
import type { ClientNote } from './client-notes.js';
import type { SessionColumns } from './session-columns.js';
import type { AgentTranscript } from './session.js';

/** The row of a note. */
export function noteRow(
  note: ClientNote,
  agent: AgentTranscript | undefined,
  shared: SessionColumns,
): SignalRow {
  return {
    table: 'telemetry_events',
    row: {
      ...shared,
      ...noWork,
      event_id: identify(note.event, shared.session_id, note.id),
      timestamp: storeTime(note.at),
      prompt_id: note.promptId,
      agent_id: agent?.agentId ?? '',
      agent_type: agent?.agentType ?? '',
      skill_name: '',
      model: '',
      event: note.event,
      status: note.errorClass === '' ? '' : 'failure',
      error_class: note.errorClass,
      tool_name: '',
      tool_use_id: '',
      duration_ms: note.durationMs,
      pr_number: note.pullRequest,
      sequence: note.place,
      payload: JSON.stringify(note.payload),
      version: eventVersion(),
    },
  };
}
