import { expect, it } from 'vitest';
import { logEvent } from './event.js';
import { taskTrace } from './trace.js';

it('the trace has every event of a command that emits very many', () => {
  const gatherer = taskTrace('BUG-7');
  const timestamp = '2026-03-10T10:00:00Z';
  gatherer.add(logEvent({ timestamp, event: 'issue_start', task_id: 'BUG-7', parent_id: 'run' }, 'own')!);
  const event = logEvent({ timestamp, event: 'command_start', command_id: 'run' }, 'start')!;
  // More than one call can have arguments.
  for (let n = 0; n < 200_000; n += 1) gatherer.add({ ...event, event_id: String(n) });
  expect(gatherer.answer()).toHaveLength(200_001);
});
