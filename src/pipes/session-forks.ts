/** The question session_forks: which session was forked from which, and with which one did its chain begin? */
import { node, t } from '@tinybirdco/sdk';
import { askedWindow, defineQuestion, inProject, windowParams } from './parts/define.js';
import { forkChains } from './parts/forks.js';
import { slice, sliceParams } from './parts/slice.js';

/**
 * Which session was forked from which, and with which one did its chain begin? A fork is known by the requests that it
 * copied, whichever layer reports the rest of it. A session without a row is no fork, or its original is not stored.
 */
export const sessionForks = defineQuestion('session_forks', {
  description:
    'Which session was forked from which, the last forked first? root_session_id: the session that the chain began with; depth: how many forks away it is; forked_after: time of the newest request that the fork copied. Only forks that were active in the window, and whose original is known: any other session is its own root. The filter root_session keeps a session with all that was forked from it.',
  params: { ...windowParams, ...sliceParams },
  nodes: [
    node({
      name: 'chains',
      description: 'Each fork with its parent and the root of its chain',
      sql: forkChains,
    }),
    node({
      name: 'forks',
      sql: `
SELECT
  fork.1 AS session_id,
  fork.4 AS project,
  fork.2 AS parent_session_id,
  fork.5 AS root_session_id,
  fork.6 AS depth,
  fork.3 AS forked_after
FROM chains
WHERE session_id IN (SELECT session_id FROM session_bounds WHERE ${askedWindow.sessions})
  ${inProject}
ORDER BY forked_after DESC, session_id${slice}`,
    }),
  ],
  output: {
    session_id: t.string(),
    project: t.string(),
    parent_session_id: t.string(),
    root_session_id: t.string(),
    depth: t.uint64(),
    forked_after: t.dateTime64(3, 'UTC'),
  },
});
