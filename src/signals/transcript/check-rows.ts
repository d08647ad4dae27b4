/** The rows of the checks that a session ran: tests, linters, type checks, builds, deployments. */
import { identify } from '../identity.js';
import { noWork, type SignalRow } from '../row.js';
import { storeTime } from '../../base/time/store-time.js';
import { eventVersion } from '../versions.js';
import type { DoneCall, SessionColumns } from './session-columns.js';

/** One row per check of the calls. A call of several checks has one time and one exit code for all of them. */
export function checkRows(calls: readonly DoneCall[], shared: SessionColumns): SignalRow[] {
  const rows: SignalRow[] = [];
  for (const { call, agent } of calls) {
    const { outcome } = call;
    for (const [place, { check, status }] of outcome.checks.entries())
      rows.push({
        table: 'telemetry_events',
        row: {
          ...shared,
          ...noWork,
          event_id: identify('check_run', shared.session_id, call.id, String(place)),
          timestamp: storeTime(call.at),
          prompt_id: call.promptId,
          agent_id: agent?.agentId ?? '',
          agent_type: agent?.agentType ?? '',
          skill_name: '',
          model: call.model,
          event: 'check_run',
          status,
          error_class: status === 'failure' ? outcome.errorClass : '',
          tool_name: call.name,
          tool_use_id: call.id,
          // The client measures the call, not its checks.
          duration_ms: null,
          sequence: call.place,
          payload: JSON.stringify({
            check,
            place,
            checks: outcome.checks.length,
            answered_after_ms: Math.max(0, outcome.at - call.at),
            ...(call.branch === '' ? {} : { branch: call.branch }),
          }),
          version: eventVersion(),
        },
      });
  }
  return rows;
}
