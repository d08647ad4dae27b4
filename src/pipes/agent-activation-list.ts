/** The question agent_activation_list: when did which subagent start and stop? */
import { agentActivations } from '../datasources/index.js';
import { activationList } from './parts/activation-list.js';
import { heardAgentActivations } from './parts/otel-sightings.js';

/** When did which subagent start and stop? */
export const agentActivationList = activationList(
  'agent_activation_list',
  'When did which subagent start and stop? One row per start or stop, with the columns of agent_activations.',
  agentActivations,
  'session_id',
  {
    rows: heardAgentActivations(undefined, '', [
      'source',
      'origin',
      'device',
      'privacy_tier',
      'schema_version',
      'skill_name',
      'model',
      'run_ms',
      'version',
    ]),
    instead: {
      event_id: "if(event = 'start', concat(agent_id, '-start'), agent_id)",
      input_tokens: 'NULL',
      output_tokens: 'NULL',
      cache_read_tokens: 'NULL',
      cache_creation_tokens: 'NULL',
      duration_ms: "if(event = 'stop', run_ms, NULL)",
    },
  },
);
