/** The parts of a transcript's line that are read. */
import type { Shape } from '../../base/json-scan/shape.js';
import { LONGEST_COMMAND } from '../git/command.js';
import { editedShape } from './edited-lines.js';

/** The counts of a usage. */
const countsShape = {
  input_tokens: {},
  output_tokens: {},
  cache_read_input_tokens: {},
  cache_creation_input_tokens: {},
  cache_creation: { keys: { ephemeral_5m_input_tokens: {}, ephemeral_1h_input_tokens: {} } },
} satisfies Record<string, Shape>;

/** The parts of a line that are read. The rest, nearly all of it, is skipped. */
export const lineShape: Shape = {
  keys: {
    type: {},
    subtype: {},
    uuid: {},
    parentUuid: {},
    apiBlockIndex: {},
    messageId: {},
    timestamp: { time: true },
    cwd: {},
    promptId: {},
    isMeta: {},
    isCompactSummary: {},
    isSidechain: {},
    isApiErrorMessage: {},
    requestId: {},
    agentId: {},
    attributionAgent: {},
    attributionSkill: {},
    gitBranch: {},
    forkedFrom: {},
    origin: { keys: { kind: {} } },
    toolUseResult: { text: 400, keys: { status: {}, success: {}, ...editedShape } },
    message: {
      keys: {
        id: {},
        model: {},
        stop_reason: {},
        usage: {
          keys: {
            ...countsShape,
            iterations: { items: { keys: { type: {}, model: {}, ...countsShape } } },
            server_tool_use: { keys: { web_search_requests: {} } },
            service_tier: {},
            speed: {},
            inference_geo: {},
          },
        },
        content: {
          text: 2_000,
          items: {
            keys: {
              type: {},
              id: {},
              name: {},
              tool_use_id: {},
              is_error: {},
              from: { keys: { model: {} } },
              input: { keys: { skill: {}, run_in_background: {}, command: { text: LONGEST_COMMAND } } },
            },
          },
        },
      },
    },
  },
};
