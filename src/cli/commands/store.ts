/** The definition of `atel store`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const store = definition({
  name: 'store',
  group: 'start',
  summary: 'Care for the stored data: backup, restore, compact, prune',
  description:
    'backup DIR: copy the embedded store into a new folder; restore DIR: put such a copy in its place, after every file was checked (the replaced store is kept beside it). A running store is stopped meanwhile and started again; what is recorded then waits and is not lost. compact: merge the parts of every table. prune: remove what is older than retention_days and contents_days of the settings; the embedded store does that once a day.',
  examples: [
    'atel store backup ~/telemetry-backup',
    'atel store restore ~/telemetry-backup',
    'atel store compact',
    'atel store prune --dry-run',
  ],
  flags: (made: Command) =>
    made
      .argument('<what>', 'backup, restore, compact or prune')
      .argument('[dir]', 'with backup and restore: the folder of the copy')
      .option('--dry-run', 'with prune: only say what would be removed'),
});
