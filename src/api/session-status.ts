/** The states of a session, for the page: it imports from the API alone. */
export { sessionStatuses, type SessionStatus } from '../pipes/parts/session-status.js';
