/** The definition of `atel import`: its name, options and examples. */
import { Argument, type Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

/** The fields that are read, as `gh pr list --json` takes them. */
const FIELDS =
  'number,url,state,createdAt,mergedAt,closedAt,updatedAt,headRefName,isCrossRepository,additions,deletions,changedFiles';

export const importCommand = definition({
  name: 'import',
  group: 'start',
  summary: 'Import the state of pull requests, or copies of commits',
  description:
    'prs: the state of pull requests from a file, or from stdin, in the shape of gh pr list --json. commits: the commits of the repository in a folder that copy those of sessions (rebased, cherry-picked, squashed, amended) or undo them, by their patches. Uses no network itself. Repeat it at any time: the newest state of each counts.',
  examples: [
    `gh pr list --state all --limit 500 --json ${FIELDS} | atel import prs`,
    'atel import prs prs.json',
    'atel import commits --since 90d',
  ],
  flags: (made: Command) =>
    made
      .addArgument(new Argument('<what>', 'what to import').choices(['prs', 'commits'] as const))
      .argument(
        '[file]',
        'for prs a file with the JSON (stdin without one), for commits a folder (the current one without one)',
      )
      .option(
        '--since <when>',
        'for commits: compare those made since then, like 30d (default), 2w or a date',
      ),
});
