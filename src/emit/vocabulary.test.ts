import { describe, expect, expectTypeOf, it } from 'vitest';
import { eventNames } from './event-names.js';
import { problemOf, type EmittedEvent } from './vocabulary.js';

describe('problemOf', () => {
  it.each(eventNames)('the event %s is known', (event) => {
    expect(problemOf({ event, name: 'deploy' })).toBeUndefined();
  });

  it.each<[EmittedEvent]>([
    [{ event: 'command_start', tool: 'll-auto', args: ['--quick'] }],
    [{ event: 'issue_complete', issue_id: 'BUG-7', result: 'done', phases: { ready: 1.5 }, duration_s: 2 }],
    [{ event: 'context_snapshot', estimated_tokens: 42_000, tool_calls: 7, breakdown: { Bash: 3 } }],
    [{ event: 'wave_end', wave: 2, issues_completed: 3, issues_failed: 1 }],
    [{ event: 'custom', name: 'deploy', anything: ['else'], timestamp: new Date() }],
  ])('the event %j is accepted', (event) => {
    expect(problemOf(event)).toBeUndefined();
  });

  it.each<[unknown, RegExp]>([
    [{ event: 'tool_call' }, /^event is one of command_start, /],
    [{}, /^event is one of /],
    [null, /^event is one of /],
    ['command_start', /^event is one of /],
    [{ event: 'custom' }, /^name: takes a name of up to 120 characters without blanks$/],
    [{ event: 'command_end', duration_ms: -1 }, /^duration_ms: takes a number of at least 0$/],
    [{ event: 'command_end', duration_ms: NaN }, /^duration_ms: takes a number of at least 0$/],
    [{ event: 'command_end', duration_ms: 1e20 }, /^duration_ms: is too large$/],
    [{ event: 'command_end', duration_ms: Infinity }, /^duration_ms: /],
    [{ event: 'command_end', status: 'maybe' }, /^status: takes success, failure, skipped, /],
    [{ event: 'command_end', success: 1 }, /^success: takes true or false$/],
    [{ event: 'command_end', exit_code: '1' }, /^exit_code: takes a number$/],
    [{ event: 'issue_start', wave: [1] }, /^wave: takes a number or a name$/],
    [{ event: 'issue_start', task_id: 'fix the login' }, /^task_id: takes a name of up to 120 /],
    [
      { event: 'issue_start', timestamp: 'yesterday' },
      /^timestamp: is not a time: use ISO 8601 .* Unix seconds /,
    ],
    [{ event: 'issue_start', timestamp: [] }, /^timestamp: is not a time: /],
    [
      { event: 'context_snapshot', breakdown: { Bash: 'many' } },
      /^breakdown\.Bash: takes a number of at least 0$/,
    ],
  ])('one line says what is wrong with %j', (event, problem) => {
    expect(problemOf(event)).toMatch(problem);
    expect(problemOf(event)).not.toContain('\n');
  });

  it('the fields of an event are typed by its name', () => {
    expectTypeOf<Extract<EmittedEvent, { event: 'custom' }>['name']>().toEqualTypeOf<string>();
    expectTypeOf<EmittedEvent['event']>().toEqualTypeOf<(typeof eventNames)[number] | 'wave_end'>();
  });
});
