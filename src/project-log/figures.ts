/** The figures of work, computed as the pipes do. */
import type { WorkEnd } from './task-runs.js';

/** The figures that the pipes work_summary, work_by_tool and work_trend share. */
interface Figures {
  /** Tasks with a successful run. */
  completed_tasks: number;
  task_runs: number;
  successful_runs: number;
  failed_runs: number;
  /** Mean of the known run times, milliseconds; null if none is known. */
  avg_run_ms: number | null;
  commands: number;
  successful_commands: number;
  failed_commands: number;
  avg_command_ms: number | null;
}

export function figuresOf(ends: readonly WorkEnd[]): Figures {
  const runs = ends.filter(({ kind }) => kind === 'run');
  const commands = ends.filter(({ kind }) => kind === 'command');
  const good = runs.filter(({ outcome }) => outcome === 'success');
  return {
    completed_tasks: new Set(good.map((run) => JSON.stringify([run.project, run.task_id]))).size,
    task_runs: runs.length,
    successful_runs: good.length,
    failed_runs: countFailed(runs),
    avg_run_ms: meanTime(runs),
    commands: commands.length,
    successful_commands: commands.filter(({ outcome }) => outcome === 'success').length,
    failed_commands: countFailed(commands),
    avg_command_ms: meanTime(commands),
  };
}

/** A share; null for a division by zero. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function countFailed(ends: readonly WorkEnd[]): number {
  return ends.filter(({ outcome }) => outcome === 'failure').length;
}

function meanTime(ends: readonly WorkEnd[]): number | null {
  const known = ends.map(({ tookMs }) => tookMs).filter((ms) => ms !== null);
  return ratio(
    known.reduce((total, ms) => total + ms, 0),
    known.length,
  );
}
