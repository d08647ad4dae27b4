/** The definition of `atel emit`: its name, options and examples. */
import { Argument, type Command } from '@commander-js/extra-typings';
import { eventNames } from '../../emit/event-names.js';
import { definition } from '../shared/command.js';
import { endWell } from '../shared/end-well.js';

export const emit = definition({
  name: 'emit',
  group: 'tools',
  summary: 'Record an event of your own tool',
  description: 'Record an event of your own tool. Never fails; complains on stderr about a wrong event.',
  examples: [
    'atel emit issue_start task_id=BUG-7 tool=my-runner',
    'atel emit issue_complete task_id=BUG-7 status=success duration_ms=81000',
    'atel emit custom name=deploy metadata.attempts=2 timestamp=$(date +%s)',
  ],
  flags: (made: Command) =>
    made
      .addArgument(eventArgument())
      .argument('[key=value...]', 'its fields: task_id=BUG-7 duration_ms=1200 metadata.attempts=2')
      .exitOverride(endWell),
});

/** The event names are shown and completed, but not enforced by the parser: a wrong one must not end a script. */
function eventArgument() {
  const event = new Argument('<event>', 'what happened');
  event.argChoices = [...eventNames];
  return event;
}
