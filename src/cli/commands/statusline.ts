/** The command `atel statusline`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { question } from '../shared/question.js';

export const statusline = question({
  name: 'statusline',
  description: "One line for Claude Code's statusLine, from the JSON that it gives on stdin.",
  examples: [
    'atel init --user --statusline',
    'In .claude/settings.json: "statusLine": {"type": "command", "command": "atel statusline"}',
  ],
  flags: (made: Command) => made,
  run: async () => {
    const { statusline } = await import('../bodies/statusline.js');
    await statusline();
  },
});
