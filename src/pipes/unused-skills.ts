/** The question unused_skills: which installed skills were not used? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { installedSkills } from './parts/installed-skills.js';

/** Which installed skills were not used? */
export const unusedSkills = defineQuestion('unused_skills', {
  description:
    'Which skills were installed when the last session of the window started, and not used in the window? Most often present first: how many sessions found each, when it was first seen installed, and when it was last used, if ever. typed_only: only a person may call it.',
  params: windowParams,
  nodes: [
    ...installedSkills(),
    node({
      name: 'unused',
      sql: `
SELECT
  skill AS skill_name,
  typed_only,
  sessions,
  first_seen,
  last_used
FROM installed_skills
WHERE uses = 0
ORDER BY sessions DESC, last_used NULLS FIRST, skill_name`,
    }),
  ],
  output: {
    skill_name: t.string(),
    typed_only: t.uint8(),
    sessions: t.uint64(),
    first_seen: t.dateTime64(3, 'UTC'),
    last_used: t.dateTime64(3, 'UTC').nullable(),
  },
});
