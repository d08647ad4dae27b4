import type { InferOutputRow } from '@tinybirdco/sdk';
import type { workByTool as byToolPipe } from '../pipes/work-by-tool.js';
import type { workSummary as summaryPipe } from '../pipes/work-summary.js';
import { isWithin, type Gatherer, type LogWindow } from './gather.js';
import { ratio, Tally } from './tally.js';

const DAY_MS = 86_400_000;

/** What the pipe work_summary answers, from a log: each figure with that of the window of the same length before. */
export function workSummary(window: LogWindow): Gatherer<InferOutputRow<typeof summaryPipe>[]> {
  const length = (window.to ?? window.now) - window.from;
  const tallies = { asked: new Tally(), before: new Tally() };
  return {
    add(event) {
      if (isWithin(event.at, window)) tallies.asked.add(event);
      else if (event.at >= window.from - length && event.at < window.from) tallies.before.add(event);
    },
    answer() {
      const before = figuresOf(tallies.before, length);
      return Object.entries(figuresOf(tallies.asked, length)).map(([metric, value]) => {
        const old = before[metric] ?? null;
        const change = value === null || old === null ? null : ratio(value - old, old);
        return { metric, value, value_before: old, change };
      });
    },
  };
}

function figuresOf(tally: Tally, length: number): Record<string, number | null> {
  const found = tally.figures();
  return {
    tasks_completed: found.tasks_completed,
    tasks_per_day: ratio(found.tasks_completed, length / DAY_MS),
    tasks_failed: found.tasks_failed,
    task_success_rate: ratio(found.tasks_completed, found.tasks_completed + found.tasks_failed),
    avg_task_ms: found.avg_task_ms,
    commands: found.commands,
    command_failures: found.command_failures,
    command_success_rate: ratio(found.command_successes, found.command_successes + found.command_failures),
    avg_command_ms: found.avg_command_ms,
  };
}

/** What the pipe work_by_tool answers, from a log. */
export function workByTool(window: LogWindow): Gatherer<InferOutputRow<typeof byToolPipe>[]> {
  const tallies = new Map<string, Tally>();
  return {
    add(event) {
      if (!isWithin(event.at, window)) return;
      if (event.event !== 'issue_complete' && event.event !== 'command_end') return;
      const tally = tallies.get(event.tool_name) ?? new Tally();
      tallies.set(event.tool_name, tally);
      tally.add(event);
    },
    answer() {
      return [...tallies]
        .map(([tool_name, tally]) => {
          const { command_successes, ...found } = tally.figures();
          return {
            tool_name,
            commands: found.commands,
            command_failures: found.command_failures,
            command_failure_rate: ratio(found.command_failures, command_successes + found.command_failures),
            avg_command_ms: found.avg_command_ms,
            tasks_completed: found.tasks_completed,
            tasks_failed: found.tasks_failed,
            task_failure_rate: ratio(found.tasks_failed, found.tasks_completed + found.tasks_failed),
            avg_task_ms: found.avg_task_ms,
          };
        })
        .sort((one, other) => uses(other) - uses(one) || compare(one.tool_name, other.tool_name));
    },
  };
}

function uses(row: { commands: number; tasks_completed: number; tasks_failed: number }): number {
  return row.commands + row.tasks_completed + row.tasks_failed;
}

/** In the order of their letters' numbers, as the store sorts; not as a language does. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
