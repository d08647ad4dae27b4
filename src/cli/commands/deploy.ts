/** The definition of `atel deploy`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const deploy = definition({
  name: 'deploy',
  group: 'start',
  summary: 'Deploy the tables and questions to Tinybird',
  description:
    'Deploy the tables and pipes of this version to the Tinybird workspace at TINYBIRD_URL, with the token TINYBIRD_TOKEN, which may deploy. Nothing of the workspace is removed without --allow-destructive. The embedded store needs no deployment: atel up does it.',
  examples: [
    'TINYBIRD_URL=https://api.tinybird.co TINYBIRD_TOKEN=… atel deploy --check',
    'TINYBIRD_URL=https://api.tinybird.co TINYBIRD_TOKEN=… atel deploy',
  ],
  flags: (made: Command) =>
    made
      .option('--check', 'only say what would be done, and whether Tinybird would take it')
      .option('--allow-destructive', 'also remove what the workspace has besides, and its rows'),
});
