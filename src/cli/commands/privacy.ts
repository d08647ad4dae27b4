/** The definition of `atel privacy`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const privacy = definition({
  name: 'privacy',
  group: 'start',
  summary: 'The privacy tier here; what each tier keeps of a payload; remove texts',
  description:
    'Without a file: the privacy tier of this folder. With a file, or - for stdin: what each tier would keep of it (a hook payload, or lines of a transcript); nothing is stored. purge: remove the texts above a tier from the store, its quarantine and what waits for it, with damaged payloads and rows; a file of that name is ./purge.',
  examples: [
    'atel privacy',
    'atel privacy payload.json',
    'atel privacy - < ~/.claude/projects/-home-dev-shop/1f3a.jsonl',
    'atel privacy purge --above 1 --dry-run',
  ],
  flags: (made: Command) =>
    made
      .argument('[what]', 'a file, - for stdin, or purge')
      .option('--above <tier>', 'with purge: remove the texts of the tiers above this one, 1 or 2')
      .option('--copies', 'with purge: also remove the stores that a restore has replaced, each as a whole')
      .option('--dry-run', 'with purge: only say what would be removed')
      .option('--yes', 'with purge: do not ask'),
});
