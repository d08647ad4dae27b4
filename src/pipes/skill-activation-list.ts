/** The question skill_activation_list: which skill was used when? */
import { skillActivations } from '../datasources/index.js';
import { activationList } from './parts/activation-list.js';
import { heardSkillActivations } from './parts/otel-sightings.js';

/** Which skill was used when? */
export const skillActivationList = activationList(
  'skill_activation_list',
  'Which skill was used when, by the model or typed? One row per use, with the columns of skill_activations.',
  skillActivations,
  'event_id',
  {
    rows: heardSkillActivations(undefined, '', [
      'event_id',
      'source',
      'origin',
      'device',
      'privacy_tier',
      'schema_version',
      'prompt_id',
      'agent_id',
      'agent_type',
      'model',
      'version',
    ]),
    instead: { tool_use_id: "''", error_class: "''" },
  },
);
