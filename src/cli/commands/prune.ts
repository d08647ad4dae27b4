/** The definition of `atel prune`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const prune = definition({
  name: 'prune',
  group: 'tools',
  summary: "Remove old events from a project's own log",
  description:
    "Remove old events from this project's own log (.ll/telemetry.jsonl). Safe to run while tools write to it.",
  examples: [
    'atel prune',
    'atel prune --older-than 90d --dry-run',
    'atel prune --file old.jsonl --older-than 4w',
  ],
  flags: (made: Command) =>
    made
      .option('--older-than <age>', 'like 90d, 12h or 4w (default: retention_days of the project)')
      .option('--dry-run', 'only count')
      .option('--file [path]', "a log (default: this project's own)"),
});
