/** The definition of `atel backfill`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const backfill = definition({
  name: 'backfill',
  group: 'start',
  summary: 'Read the history that Claude Code keeps on this machine',
  description:
    'Read the transcripts that Claude Code keeps on this machine, and send what is new. Safe to repeat.',
  examples: [
    'atel backfill',
    'atel backfill --since 30d',
    'atel backfill --again',
    'atel backfill --root ~/old-laptop/.claude --json',
  ],
  json: 'backfill',
  flags: (made: Command) =>
    made
      .option(
        '--since <when>',
        'only sessions that went on after: 24h, 7d, 2w, 1mo, today, "last week" or a date (of this machine)',
      )
      .option(
        '--root <folder>',
        'a folder of transcripts, instead of the usual ones; repeatable',
        collect,
        [],
      )
      .option('--again', 'read everything again, whatever was read before; it changes no total')
      .option('--json', 'print the summary as JSON'),
});

/** Collects the values of an option that may be given several times. */
function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
