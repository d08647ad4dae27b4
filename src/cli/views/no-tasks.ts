/** What to show when no tool has emitted events of tasks. */
import { nothing } from '../shared/answer.js';
import type { AskedWindow } from '../shared/options.js';
import type { Terminal } from '../render/terminal.js';
import { wrap } from '../render/text.js';

/** The line for an answer without tasks, with how to report one. */
export function noTasks(
  what: string,
  example: string,
  window: AskedWindow,
  { width, paint }: Terminal,
): string[] {
  return [
    ...wrap(nothing(what, window), width),
    '',
    ...wrap('Your own tools and scripts report tasks:', width),
    ...example.split('\n').map((line) => `  ${paint.bold(line)}`),
  ];
}

export const TASK_EXAMPLE = `atel emit issue_start task_id=BUG-7
atel run --task BUG-7 --phase verify -- npm test
atel emit issue_complete task_id=BUG-7 status=success`;

export const SNAPSHOT_EXAMPLE = `atel emit context_snapshot task_id=BUG-7 \\
  estimated_tokens=45000 tool_calls=23 breakdown.Read=12 breakdown.Bash=6`;
