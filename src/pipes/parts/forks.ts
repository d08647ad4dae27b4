/** SQL: which session was forked from which, by the requests that forks copied. */
import { readText } from '../../datasources/ranked.js';
import { isOwnWeek, weeksOfSighting } from '../../datasources/requests.js';

/**
 * Each fork with the session that it was forked from: the one that made the newest of the requests that it copied. A fork
 * of a fork that made no request yet has the original as its parent. Without a known original there is no row.
 *
 * A fork's requests are later than those that it copied, so in order of `forked_after` a session comes before its forks.
 */
const forkLinks = `
    SELECT
      session_id,
      max(owner_project) AS project,
      argMax(owner, (copied_at, request_key)) AS parent_session_id,
      max(copied_at) AS forked_after
    FROM (SELECT session_id, request_key, timestamp AS copied_at FROM copied_requests FINAL) AS copies
    INNER JOIN (
      SELECT request_key, ${readText('best_session_id')} AS owner, ${readText('best_project')} AS owner_project
      FROM requests
      FINAL
      WHERE week IN (SELECT arrayJoin(${weeksOfSighting}) FROM copied_requests)
        AND ${isOwnWeek}
        AND request_key IN (SELECT request_key FROM copied_requests)
    ) AS owners USING (request_key)
    WHERE owner NOT IN ('', session_id)
    GROUP BY session_id`;

const inOrder = `arraySort(fork -> (fork.3, fork.1), groupArray((session_id, parent_session_id, forked_after, toString(project))))`;

/**
 * SQL of a session and all that were forked from it, also from its forks. One pass finds them, because a session comes
 * before its forks.
 */
export const withForksOf = (session: string) => `
    SELECT arrayJoin(
      arrayFold((known, fork) -> if(has(known, fork.2), arrayPushBack(known, fork.1), known), ${inOrder}, [${session}])
    )
    FROM (${forkLinks}
    )`;

const parentIn = `arrayFirst(one -> one.1 = fork.2, known)`;

/**
 * SQL of each fork as a tuple `fork`: its id, its parent, when it was forked, its project, the session that the chain
 * began with, and how many forks lie between.
 */
export const forkChains = `
    SELECT arrayJoin(
      arrayFold(
        (known, fork) -> arrayPushBack(
          known,
          (
            fork.1,
            fork.2,
            fork.3,
            fork.4,
            if(${parentIn}.5 = '', fork.2, ${parentIn}.5),
            toUInt64(${parentIn}.6 + 1)
          )
        ),
        ${inOrder},
        CAST([], 'Array(Tuple(String, String, DateTime64(3, ''UTC''), String, String, UInt64))')
      )
    ) AS fork
    FROM (${forkLinks}
    )`;
