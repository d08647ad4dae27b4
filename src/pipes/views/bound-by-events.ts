/** The materialised view bound_by_events: when the events of each session happened. */
import { boundSessions } from './session-bounds.js';

/** When the events of each session happened. */
export const boundByEvents = boundSessions(
  'bound_by_events',
  'events',
  'telemetry_events',
  // A copy of a commit is made outside of the session, and often long after it.
  "session_id != '' AND event != 'commit_copy'",
  'event_sources',
);
