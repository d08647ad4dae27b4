/** The question session_contents: which texts of a session are kept? */
import { node, p, t } from '@tinybirdco/sdk';
import { contentKindNames } from '../datasources/content-kinds.js';
import { defineQuestion, ofSession, oneOf, windowOfSession, windowParams } from './parts/define.js';

/**
 * Which texts of a session are kept, in order of time? None at privacy tier 1. A text is redacted; it is cut where
 * `is_cut` says so, and `characters` is its whole length.
 */
export const sessionContents = defineQuestion('session_contents', {
  description:
    'Which texts of a session are kept? One row per prompt and tool input (privacy tier 2), answer, thinking and tool output (tier 3), in order of time, without secrets; is_cut says that a text was longer. No rows at tier 1.',
  params: {
    ...windowParams,
    session_id: p.string().describe('The session.'),
  },
  nodes: [
    node({
      name: 'texts',
      sql: `
SELECT
  timestamp AS at,
  kind,
  tier,
  prompt_id,
  agent_id,
  agent_type,
  tool_name,
  tool_use_id,
  text,
  characters,
  is_cut
FROM contents
FINAL
PREWHERE 1 = 1
  ${ofSession}
WHERE ${windowOfSession.rows}
ORDER BY at, indexOf([${contentKindNames.map((kind) => `'${kind}'`).join(', ')}], kind), tool_use_id, event_id`,
    }),
  ],
  output: {
    at: t.dateTime64(3, 'UTC'),
    kind: oneOf(...contentKindNames),
    tier: t.uint8(),
    prompt_id: t.string(),
    agent_id: t.string(),
    agent_type: t.string(),
    tool_name: t.string(),
    tool_use_id: t.string(),
    text: t.string(),
    characters: t.uint32(),
    is_cut: t.uint8(),
  },
});
