/** The definition of `atel hook-handler`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { endWell } from '../shared/end-well.js';

export const hookHandler = definition({
  name: 'hook-handler',
  group: 'internal',
  summary: 'Take the payload of a Claude Code hook from stdin',
  description: 'Take the JSON of a Claude Code hook from stdin, as the capture scripts do. Silent.',
  examples: ['In .claude/settings.json: {"type": "command", "command": "atel hook-handler"}'],
  flags: (made: Command) => made.exitOverride(endWell),
});
