import { identify } from './identity.js';

/** What every row of a subagent's start has, whichever layer saw it: its identity, and nothing used yet. */
export function agentStart(sessionId: string, agentId: string) {
  return {
    event_id: identify('agent_start', sessionId, agentId),
    skill_name: '',
    event: 'start',
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_creation_tokens: null,
    duration_ms: null,
  };
}
