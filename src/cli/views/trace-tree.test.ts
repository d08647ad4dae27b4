import { describe, expect, it } from 'vitest';
import { traceTree, type Step, type TraceRow } from './trace-tree.js';

let second = 0;

/** An event of the task T-1, one second after the previous one. */
function row(event: string, some: Partial<TraceRow> = {}): TraceRow {
  second += 1;
  const kinds: Record<string, string> = { command: 'command', wave: 'wave', issue: 'task' };
  return {
    timestamp: `2026-03-09 10:00:${String(second % 60).padStart(2, '0')}.000`,
    event_id: `e-${second}`,
    kind: event === 'issue_phase' ? 'phase' : (kinds[event.split('_')[0] ?? ''] ?? 'event'),
    event,
    tool_name: 'runner',
    name: '',
    task_id: event.startsWith('issue') ? 'T-1' : '',
    phase: '',
    wave: '',
    status: '',
    error_class: '',
    duration_ms: null,
    exit_code: null,
    issue_type: '',
    issues_completed: null,
    issues_failed: null,
    estimated_tokens: null,
    phases: [],
    session_id: '',
    command_id: '',
    parent_id: '',
    project: '',
    source: 'cli',
    ...some,
  };
}

/** The tree as nested lists: the kind of each step, whether it ended, its children. */
type Shape = [string, boolean, ...Shape[]];
const shape = (steps: readonly Step[]): Shape[] =>
  steps.map(({ row, end, children }) => [
    row.phase || row.command_id || row.wave || row.event,
    end !== undefined,
    ...shape(children),
  ]);

describe('traceTree', () => {
  it('phases are children of their task, the task of its wave, and the wave of its command', () => {
    const rows = [
      row('command_start'),
      row('wave_start', { wave: '1' }),
      row('issue_start', { wave: '1' }),
      row('issue_phase', { phase: 'ready' }),
      row('issue_phase', { phase: 'verify', status: 'running' }),
      row('context_snapshot'),
      row('issue_phase', { phase: 'verify', status: 'failure' }),
      row('issue_complete', { wave: '1' }),
      row('wave_complete', { wave: '1' }),
      row('command_end'),
    ];
    expect(shape(traceTree(rows))).toEqual([
      [
        'command_start',
        true,
        ['1', true, ['1', true, ['ready', true], ['verify', true], ['context_snapshot', true]]],
      ],
    ]);
  });

  it('a step belongs to the command named by its parent id, whatever else is open', () => {
    const rows = [
      row('command_start', { command_id: 'outer' }),
      row('command_start', { command_id: 'inner', parent_id: 'outer', tool_name: 'npm' }),
      row('issue_start', { parent_id: 'inner' }),
      row('issue_start', { parent_id: 'outer', tool_name: 'other' }),
      row('issue_phase', { parent_id: 'inner', phase: 'ready' }),
      row('command_end', { command_id: 'inner', parent_id: 'outer', tool_name: 'npm' }),
    ];
    expect(shape(traceTree(rows))).toEqual([
      ['outer', false, ['inner', true, ['issue_start', false, ['ready', true]]], ['issue_start', false]],
    ]);
  });

  it('two tools, a second try, and a step without a start are kept apart', () => {
    const rows = [
      row('issue_complete', { tool_name: 'early' }),
      row('issue_start', { tool_name: 'one' }),
      row('issue_start', { tool_name: 'two' }),
      row('issue_phase', { tool_name: 'one', phase: 'ready' }),
      row('issue_start', { tool_name: 'one' }),
      row('issue_phase', { tool_name: 'one', phase: 'verify' }),
      row('issue_complete', { tool_name: 'two' }),
      row('custom', { tool_name: 'one', task_id: 'T-1' }),
    ];
    expect(shape(traceTree(rows))).toEqual([
      ['issue_complete', true],
      ['issue_start', false, ['ready', true]],
      ['issue_start', true],
      ['issue_start', false, ['verify', true], ['custom', true]],
    ]);
  });

  it('a command for the task belongs to the task that it was run in', () => {
    const rows = [
      row('issue_start'),
      row('command_start', { command_id: 'test', tool_name: 'npm', task_id: 'T-1' }),
      row('command_end', { command_id: 'test', tool_name: 'npm', task_id: 'T-1' }),
      row('issue_complete'),
      row('command_start', { command_id: 'after', tool_name: 'npm', task_id: 'T-1' }),
    ];
    expect(shape(traceTree(rows))).toEqual([
      ['issue_start', true, ['test', true]],
      ['after', false],
    ]);
  });

  it('an end that occurs twice, and a command that is its own parent, are shown once each', () => {
    const rows = [
      row('command_start', { command_id: 'a', parent_id: 'a' }),
      row('command_end', { command_id: 'a', parent_id: 'a' }),
      row('command_end', { command_id: 'a', parent_id: 'a' }),
    ];
    expect(shape(traceTree(rows))).toEqual([['a', true, ['a', true]]]);
  });
});
