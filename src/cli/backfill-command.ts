import type { Command } from 'commander';
import { loadConfig } from '../base/config.js';
import type { BackfillOptions } from './bodies/backfill.js';
import { withExamples } from './shared/describe.js';

/** Adds `atel backfill`. */
export function addBackfill(program: Command, print: (line: string) => void): void {
  withExamples(program.command('backfill'), [
    'atel backfill',
    'atel backfill --since 30d',
    'atel backfill --again',
    'atel backfill --root ~/old-laptop/.claude --json',
  ])
    .description(
      'Read the transcripts that Claude Code keeps on this machine, and send what is new. Safe to repeat.',
    )
    .option(
      '--since <when>',
      'only sessions that went on after: 7d, 24h, 2w, today, yesterday or a date (UTC)',
    )
    .option('--root <folder>', 'a folder of transcripts, instead of the usual ones; repeatable', collect, [])
    .option('--again', 'read everything again, whatever was read before; it changes no total')
    .option('--json', 'print the summary as JSON')
    .action(async (options: BackfillOptions) => {
      const { backfill } = await import('./bodies/backfill.js');
      await backfill(loadConfig(), options, print);
    });
}

/** Gathers an option that may be given several times. */
function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
