/** The definition of `atel sql`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const sql = definition({
  name: 'sql',
  group: 'export',
  summary: 'Run one read-only SELECT',
  description:
    'Run one read-only SELECT over the tables and pipes. In JSON, a number that JSON cannot hold is a string of its digits.',
  examples: [
    'atel sql "SELECT tool_name, count() AS calls FROM telemetry_events FINAL GROUP BY tool_name"',
    'atel sql "SELECT * FROM cost_by_model" --json',
  ],
  json: 'sql',
  flags: (made: Command) => made.argument('<query>').option('--json', 'print JSON'),
});
