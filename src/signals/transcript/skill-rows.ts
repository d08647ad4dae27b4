/**
 * The rows of skills in a transcript, with the same identities as those from hooks (hook/event.ts). The version of a row
 * decides which one is kept (versions.ts).
 */
import { identify } from '../identity.js';
import type { SignalRow } from '../row.js';
import type { DoneCall, SessionColumns } from './session-columns.js';
import { storeTime } from '../../base/time/store-time.js';
import { skillVersion } from '../versions.js';
import type { TypedCommand } from './transcript-types.js';

/** Skills that the model called, with their outcome, and typed skills, which have none. */
export function skillRows(
  calls: readonly DoneCall[],
  typed: readonly TypedCommand[],
  shared: SessionColumns,
): SignalRow[] {
  const sessionId = shared.session_id;
  return [
    ...calls
      .filter(({ call }) => call.skill !== '')
      .map(({ call, agent }): SignalRow => ({
        table: 'skill_activations',
        row: {
          ...shared,
          event_id: identify('skill', sessionId, call.id, call.skill),
          timestamp: storeTime(call.outcome.at),
          prompt_id: call.promptId,
          agent_id: agent?.agentId ?? '',
          agent_type: agent?.agentType ?? '',
          skill_name: call.skill,
          model: '',
          trigger: 'model',
          tool_use_id: call.id,
          duration_ms: null,
          success: !call.outcome.failed,
          error_class: call.outcome.errorClass,
          version: skillVersion('transcript'),
        },
      })),
    ...typed
      .filter(({ copy }) => !copy)
      .map(({ name, at, promptId }): SignalRow => ({
        table: 'skill_activations',
        row: {
          ...shared,
          event_id: identify('skill', sessionId, promptId, name),
          timestamp: storeTime(at),
          prompt_id: promptId,
          agent_id: '',
          agent_type: '',
          skill_name: name,
          model: '',
          trigger: 'typed',
          tool_use_id: '',
          duration_ms: null,
          success: null,
          error_class: '',
          version: skillVersion('transcript'),
        },
      })),
  ];
}
