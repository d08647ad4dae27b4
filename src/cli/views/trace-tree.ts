/** Arranges the events of a task as a tree. */
import type * as z from 'zod/mini';
import type { traceSchema } from '../../schemas.js';

export type TraceRow = z.infer<typeof traceSchema>['events'][number];

/** A command, wave, task or phase with what happened in it; or a single event. */
export interface Step {
  /** The row of its start; if no start was reported, that of its end. */
  row: TraceRow;
  /** The row of its end. */
  end: TraceRow | undefined;
  children: Step[];
}

/**
 * Arranges events in order of time as a tree: command, wave, task, phase. An event with `parent_id` is a child of that
 * command. Any other is a child of the last command, wave or task of the same tool that has not ended.
 */
export function traceTree(rows: readonly TraceRow[]): Step[] {
  const roots: Step[] = [];
  const commands = new Map<string, Step>();
  let open: Step[] = [];

  /** The last step of a kind that has not ended, of the run that reported the row. */
  const openStep = (kind: string, row: TraceRow, more: (step: TraceRow) => boolean = () => true) =>
    open.findLast(
      ({ row: step }) =>
        step.kind === kind &&
        step.parent_id === row.parent_id &&
        step.project === row.project &&
        (kind !== 'command' || step.command_id === '') &&
        more(step),
    );
  const ofTool = (row: TraceRow) => (step: TraceRow) => step.tool_name === row.tool_name;
  const commandOf = (row: TraceRow) =>
    commands.get(row.parent_id) ??
    (row.kind === 'command' ? undefined : openStep('command', row, ofTool(row)));
  const taskOf = (row: TraceRow) => openStep('task', row, ofTool(row)) ?? openStep('task', row);

  const parentOf = (row: TraceRow): Step | undefined => {
    switch (row.kind) {
      case 'session':
        return undefined;
      case 'command':
        return (row.task_id === '' ? undefined : taskOf(row)) ?? commandOf(row);
      case 'wave':
        return commandOf(row);
      case 'task': {
        const inWave = (step: TraceRow) => step.wave === row.wave && step.tool_name === row.tool_name;
        return openStep('wave', row, inWave) ?? commandOf(row);
      }
      default:
        return taskOf(row) ?? commandOf(row);
    }
  };
  const begunBy = (row: TraceRow): Step | undefined => {
    switch (row.event) {
      case 'command_end':
        return row.command_id === '' ? openStep('command', row, ofTool(row)) : commands.get(row.command_id);
      case 'wave_complete':
        return openStep('wave', row, (step) => step.wave === row.wave && step.tool_name === row.tool_name);
      case 'issue_complete':
        return openStep('task', row, ofTool(row));
      case 'issue_phase':
        return openStep('phase', row, (step) => step.phase === row.phase && step.tool_name === row.tool_name);
      default:
        return undefined;
    }
  };

  for (const row of rows) {
    const begun = begunBy(row);
    if (begun !== undefined && begun.end === undefined) {
      begun.end = row;
      open = open.filter((step) => step !== begun);
      continue;
    }
    const isStart = row.event.endsWith('_start') || (row.event === 'issue_phase' && row.status === 'running');
    const step: Step = { row, end: isStart ? undefined : row, children: [] };
    // If a tool starts a task again, it has given up the earlier try.
    const givenUp = row.event === 'issue_start' ? openStep('task', row, ofTool(row)) : undefined;
    open = open.filter((one) => one !== givenUp);
    (parentOf(row)?.children ?? roots).push(step);
    if (isStart) open.push(step);
    if (row.kind === 'command' && row.command_id !== '') commands.set(row.command_id, step);
  }
  return roots;
}
