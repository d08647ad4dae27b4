import { describe, expect, it } from 'vitest';
import { traceIdOf } from './span.js';
import { sessionSpanId } from './session-spans.js';
import { spansOfWork, type WorkEvent } from './work-spans.js';

let made = 0;

/** An event, some seconds after noon. */
function event(
  seconds: number,
  name: string,
  some: Partial<WorkEvent> = {},
  payload: Record<string, unknown> = {},
): WorkEvent {
  made += 1;
  return {
    timestamp: new Date(Date.UTC(2026, 2, 2, 12) + seconds * 1000)
      .toISOString()
      .replace('T', ' ')
      .replace('Z', ''),
    event_id: `e${String(made).padStart(4, '0')}`,
    event: name,
    tool_name: 'll-auto',
    task_id: '',
    phase: '',
    status: '',
    error_class: '',
    duration_ms: null,
    session_id: '',
    project: 'shop-00000001',
    device: 'd1',
    payload: JSON.stringify(payload),
    ...some,
  };
}

/** Each span as a line: depth, name, start and end in seconds after noon, failure, and whether it is still open. */
function lines(events: WorkEvent[]): string[] {
  const spans = spansOfWork(events);
  const seconds = (ms: number) => (ms - Date.UTC(2026, 2, 2, 12)) / 1000;
  const below = (parent: string, depth: number): string[] =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .flatMap((span) => [
        `${'  '.repeat(depth)}${span.name} ${seconds(span.start)}-${seconds(span.end)}${span.error === null ? '' : ` ${span.error}`}${span.isOver ? '' : ' open'}`,
        ...below(span.spanId, depth + 1),
      ]);
  return below('', 0);
}

const bug = { task_id: 'BUG-7' };

describe('spans of own tools', () => {
  it('two commands of one tool are separate spans, in sequence and nested', () => {
    expect(
      lines([
        event(0, 'command_start', {}, { command_id: 'run', parent_id: '' }),
        event(1, 'command_start', { tool_name: 'll-sprint' }, { parent_id: 'run' }),
        event(2, 'issue_start', { ...bug, tool_name: 'll-sprint' }, { parent_id: 'run' }),
        event(
          3,
          'issue_complete',
          { ...bug, tool_name: 'll-sprint', status: 'success' },
          { parent_id: 'run' },
        ),
        event(4, 'command_end', { tool_name: 'll-sprint', status: 'success' }, { parent_id: 'run' }),
        event(5, 'issue_start', { task_id: 'ENH-1' }, { parent_id: 'run' }),
        event(6, 'issue_complete', { task_id: 'ENH-1', status: 'success' }, { parent_id: 'run' }),
        event(
          7,
          'command_end',
          { status: 'failure', error_class: 'exit_2' },
          { command_id: 'run', exit_code: 2 },
        ),
        event(8, 'command_start', { tool_name: 'll-sprint' }),
      ]),
    ).toEqual([
      'command ll-auto 0-7 exit_2',
      '  command ll-sprint 1-4',
      '    issue BUG-7 2-3',
      '  issue ENH-1 5-6',
      'command ll-sprint 8-8 open',
    ]);
  });

  it('phases with only durations are laid out in sequence, and the failed one is marked', () => {
    expect(
      lines([
        event(
          100,
          'issue_complete',
          { ...bug, status: 'failure', phase: 'verify', error_class: 'exit_1' },
          { phases_ms: { ready: 10_000, implement: 60_000, verify: 20_000 } },
        ),
      ]),
    ).toEqual([
      'issue BUG-7 10-100 exit_1',
      '  phase ready 10-20',
      '  phase implement 20-80',
      '  phase verify 80-100 exit_1',
    ]);
  });

  it('a phase without an end lasts until the next one or the end of its issue', () => {
    expect(
      lines([
        event(0, 'issue_start', bug),
        event(0, 'issue_phase', { ...bug, phase: 'implement' }),
        event(60, 'issue_phase', { ...bug, phase: 'verify', status: 'running' }),
        event(80, 'issue_phase', { ...bug, phase: 'verify', status: 'failure', duration_ms: 20_000 }),
        event(80, 'issue_phase', { ...bug, phase: 'implement' }),
        event(90, 'issue_complete', { ...bug, status: 'success' }),
      ]),
    ).toEqual([
      'issue BUG-7 0-90',
      '  phase implement 0-60',
      '  phase verify 60-80 failure',
      '  phase implement 80-90',
    ]);
  });

  it('a second run of an issue is a span of its own', () => {
    expect(
      lines([
        event(0, 'issue_start', bug),
        event(9, 'issue_complete', { ...bug, status: 'timeout' }),
        event(10, 'issue_start', bug),
        event(20, 'issue_complete', { ...bug, status: 'success', duration_ms: 10_000 }),
        event(30, 'issue_start', bug),
        event(40, 'issue_start', bug),
      ]),
    ).toEqual([
      'issue BUG-7 0-9 timeout',
      'issue BUG-7 10-20',
      'issue BUG-7 30-30 open',
      'issue BUG-7 40-40 open',
    ]);
  });

  it('an issue belongs to the wave that it names, else to the only open one', () => {
    const end = (task: string) => ({ task_id: task, status: 'success', duration_ms: 1_000 });
    expect(
      lines([
        event(0, 'command_start'),
        event(1, 'wave_start', {}, { wave: 1 }),
        event(3, 'issue_complete', end('A')),
        event(4, 'wave_complete', {}, { wave: 1 }),
        event(5, 'wave_start', {}, { wave: 2 }),
        event(6, 'wave_start', {}, { wave: 3 }),
        event(8, 'issue_complete', end('B'), { wave: 3 }),
        event(9, 'issue_complete', end('C')),
        event(10, 'wave_complete', {}, { wave: 2 }),
        event(11, 'wave_complete', {}, { wave: 3 }),
        event(12, 'command_end', { status: 'success' }),
      ]),
    ).toEqual([
      'command ll-auto 0-12',
      '  wave 1 1-4',
      '    issue A 2-3',
      '  wave 2 5-10',
      '  wave 3 6-11',
      '    issue B 7-8',
      '  issue C 8-9',
    ]);
  });

  it('work spans link to their session, and other events become span events', () => {
    const inside = { session_id: 's1' };
    const [command, ...others] = spansOfWork([
      event(0, 'command_start', inside),
      event(1, 'context_snapshot', inside, { estimated_tokens: 42_000, tool_calls: 7 }),
      event(2, 'command_end', { ...inside, status: 'success' }, { exit_code: 0 }),
    ]);
    expect(others).toEqual([]);
    expect(command).toMatchObject({
      links: [{ traceId: traceIdOf('session', 's1'), spanId: sessionSpanId('s1') }],
      attributes: {
        'gen_ai.conversation.id': 's1',
        'process.exit.code': 0,
        'agent_telemetry.status': 'success',
      },
      events: [
        {
          at: Date.UTC(2026, 2, 2, 12, 0, 1),
          name: 'context_snapshot',
          attributes: { 'agent_telemetry.estimated_tokens': 42_000, 'agent_telemetry.tool_calls': 7 },
        },
      ],
    });
  });

  it('the spans are the same for any order of events', () => {
    const events = [
      event(0, 'command_start'),
      event(1, 'issue_start', bug),
      event(2, 'issue_complete', { ...bug, status: 'success' }),
      event(3, 'command_end', { status: 'success' }),
    ];
    expect(spansOfWork([...events].reverse())).toEqual(spansOfWork(events));
  });
});
