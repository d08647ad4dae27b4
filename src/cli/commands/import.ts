/** The definition of `atel import`: its name, options and examples. */
import { Argument, type Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

/** The fields that are read, as `gh pr list --json` takes them. */
const FIELDS =
  'number,url,state,createdAt,mergedAt,closedAt,updatedAt,headRefName,isCrossRepository,additions,deletions,changedFiles';

export const importCommand = definition({
  name: 'import',
  group: 'start',
  summary: 'Import the state of pull requests',
  description:
    'Import the state of pull requests from a file, or from stdin, in the shape of gh pr list --json. Uses no network itself. Repeat it at any time: the newest state of each counts.',
  examples: [
    `gh pr list --state all --limit 500 --json ${FIELDS} | atel import prs`,
    'atel import prs prs.json',
  ],
  flags: (made: Command) =>
    made
      .addArgument(new Argument('<what>', 'what it holds').choices(['prs'] as const))
      .argument('[file]', 'JSON; without it, stdin is read'),
});
