/** The definition of `atel dead`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const dead = definition({
  name: 'dead',
  group: 'start',
  summary: 'Refused rows: list, show, replay, purge',
  description:
    'Rows that the store refused, with the reasons (dead letters). list: each of them; show: with what they hold; replay: send them again, after the cause is mended; purge: remove them for good. An id may be its beginning. Exits with 1 if anything is refused again or nothing is meant.',
  examples: [
    'atel dead',
    'atel dead show 3f2a',
    'atel dead replay --table telemetry_events',
    'atel dead purge --older-than 30d --dry-run',
  ],
  json: 'dead',
  flags: (made: Command) =>
    made
      .argument('[what]', 'list, show, replay or purge', 'list')
      .argument('[ids...]', 'only these')
      .option('--table <name>', 'only rows of this table')
      .option('--reason <text>', 'only rows whose reason contains this')
      .option('--older-than <time>', 'only rows that were refused before this: 7d, 24h, 2026-11-01')
      .option('--all', 'with purge: all of them')
      .option('--dry-run', 'with purge: only say what would be removed')
      .option('--json', 'print it as JSON'),
});
