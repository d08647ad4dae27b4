/** The definition of `atel audit`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addWindowOptions } from '../shared/options.js';

export const audit = definition({
  name: 'audit',
  group: 'ask',
  summary: "Compare costs with the client's own totals",
  description:
    "Each session's cost beside the client's own total, and the reason of a difference. A session is compared whole, also if only a part of it lies in the period. The first characters of a session's id are enough.",
  examples: ['atel audit', 'atel audit --since 30d', 'atel audit 1f3a5b7c-… --json'],
  json: 'audit',
  flags: (made: Command) => addWindowOptions(made).argument('[session]'),
});
