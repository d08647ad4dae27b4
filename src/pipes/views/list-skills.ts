/** The materialised view list_skills: remembers since when each skill has been installed. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { listedSkills } from '../../datasources/index.js';

/** Remembers since when each skill has been installed, so that the starts of old sessions are not read for it. */
export const listSkills = defineMaterializedView('list_skills', {
  description: 'Remembers when a session first found each skill installed.',
  datasource: listedSkills,
  nodes: [
    node({
      name: 'skills_at_start',
      sql: `
SELECT
  arrayJoin(JSONExtract(payload, 'skills', 'Array(String)')) AS skill,
  project,
  min(timestamp) AS first_seen
FROM telemetry_events
WHERE event = 'session_start'
GROUP BY skill, project`,
    }),
  ],
});
