/** The materialised view bound_by_requests: when the requests of each session happened. */
import { boundSessions } from './session-bounds.js';

/** When the requests of each session happened. A copied line is older than the session that copied it. */
export const boundByRequests = boundSessions(
  'bound_by_requests',
  'requests',
  'api_requests',
  "session_id != '' AND is_copy = 0",
  'request_sources',
);
