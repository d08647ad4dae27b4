/** The definition of `atel statusline`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const statusline = definition({
  name: 'statusline',
  group: 'internal',
  summary: "Print the line for Claude Code's statusLine",
  description: "One line for Claude Code's statusLine, from the JSON that it gives on stdin.",
  examples: [
    'atel init --user --statusline',
    'In .claude/settings.json: "statusLine": {"type": "command", "command": "atel statusline"}',
  ],
  flags: (made: Command) => made,
});
