/** SQL: the installed skills, and since when. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { askedWindow, inProject } from './define.js';

/**
 * One row per skill that was installed when the last session of the window started, in any project, as SessionStart
 * recorded it, with its recorded uses. A plugin's skill may be called without the plugin's name.
 *
 * @param uses which uses of skills are read: `all` also tells the last use, whenever it was
 */
export const installedSkills = (window = askedWindow, uses: 'all' | 'window' = 'all'): NodeDefinition[] => [
  node({
    name: 'skill_lists',
    description: 'The skills that each session of the window found when it started',
    sql: `
SELECT
  timestamp,
  session_id,
  project,
  device,
  JSONExtract(payload, 'skills', 'Array(String)') AS skills,
  JSONExtract(payload, 'typed_only_skills', 'Array(String)') AS typed_only
FROM (
  SELECT *
  FROM telemetry_events
  FINAL
  WHERE event = 'session_start'
    AND ${window.events}
)
WHERE JSONHas(payload, 'skills')
  ${inProject}`,
  }),
  node({
    name: 'newest_lists',
    sql: `
SELECT
  argMax(skills, timestamp) AS newest,
  argMax(typed_only, timestamp) AS newest_typed_only
FROM skill_lists
GROUP BY project, device`,
  }),
  node({
    name: 'skill_sightings',
    sql: `
SELECT
  arrayJoin(skills) AS seen_skill,
  uniqExact(session_id) AS sessions
FROM skill_lists
GROUP BY seen_skill`,
  }),
  node({
    name: 'since_when',
    sql: `
SELECT
  skill AS listed_skill,
  min(first_seen) AS first_seen
FROM listed_skills
WHERE 1 = 1
  ${inProject}
GROUP BY listed_skill`,
  }),
  node({
    name: 'skill_uses',
    sql: `
SELECT
  toString(skill_name) AS used_skill,
  toNullable(max(timestamp)) AS last_use,
  countIf(${window.rows}) AS uses
FROM (
  SELECT *
  FROM skill_activations
  FINAL
  ${uses === 'all' ? '' : `WHERE event_id IN (SELECT event_id FROM skill_activations WHERE ${window.rows})`}
)
WHERE ${uses === 'all' ? '1 = 1' : window.rows}
  ${inProject}
GROUP BY used_skill`,
  }),
  node({
    name: 'installed_skills',
    sql: `
SELECT
  skill,
  max(typed_only) AS typed_only,
  any(since_when.first_seen) AS first_seen,
  any(sessions) AS sessions,
  sum(uses) AS uses,
  max(last_use) AS last_used
FROM (
  SELECT
    skill,
    min(toUInt8(has(newest_typed_only, skill))) AS typed_only,
    arrayJoin(arrayDistinct([skill, arrayElement(splitByChar(':', skill), -1)])) AS called
  FROM newest_lists
  ARRAY JOIN newest AS skill
  GROUP BY skill
) AS installed
INNER JOIN skill_sightings ON seen_skill = skill
INNER JOIN since_when ON listed_skill = skill
LEFT JOIN skill_uses ON used_skill = called
GROUP BY skill`,
  }),
];
