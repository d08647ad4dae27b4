/** The rows of commits that copy or undo those of sessions. */
import { storeTime } from '../../base/time/store-time.js';
import { identify } from '../identity.js';
import { noWork, stamp, type Recorder, type SignalRow } from '../row.js';
import { eventVersion } from '../versions.js';
import type { Copy } from './patches.js';

/** Digits of a hash that are stored. */
const HASH_DIGITS = 10;

/** The row of a copy. It belongs to the session that made the original. */
export function copyRow({ hash, of, kind, at }: Copy, project: string, recorder: Recorder): SignalRow {
  return {
    table: 'telemetry_events',
    row: {
      ...stamp(recorder),
      ...noWork,
      event_id: identify('commit_copy', of.session, of.hash, hash),
      timestamp: storeTime(at),
      session_id: of.session,
      project,
      source: 'git',
      ...{ prompt_id: '', agent_id: '', agent_type: '', skill_name: '', model: '' },
      event: 'commit_copy',
      ...{ status: '', error_class: '', tool_name: '', tool_use_id: '', duration_ms: null },
      commit_hash: hash.slice(0, HASH_DIGITS),
      payload: JSON.stringify({ of: of.hash, how: kind }),
      version: eventVersion(),
    },
  };
}
