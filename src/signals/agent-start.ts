/** The columns of a subagent's start that do not depend on the layer that reports it. */
import { identify } from './identity.js';

/** The columns that every row of a subagent's start shares, from any layer: its identity, and no usage yet. */
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
