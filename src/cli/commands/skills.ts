/** The command `atel skills`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { question } from '../shared/question.js';

export const skills = question({
  name: 'skills',
  description:
    'How often each skill was used, how often it failed, what was spent under it, and which skills were not used.',
  examples: ['atel skills', 'atel skills --since 30d', 'atel skills --json'],
  json: 'skills',
  flags: (made: Command) => addWindowOptions(made),
  run: async (options, desk) => {
    const { skills } = await import('../bodies/skills.js');
    await skills(options, desk);
  },
});
