import type { LogEvent } from './event.js';

/** How often and how well: the figures that the pipes work_summary, work_by_tool and work_trend share. */
interface Figures {
  tasks_completed: number;
  tasks_failed: number;
  /** Mean of the tasks that were completed or failed, milliseconds; null where none tells. */
  avg_task_ms: number | null;
  commands: number;
  command_successes: number;
  command_failures: number;
  avg_command_ms: number | null;
}

interface End {
  at: number;
  status: string;
  tookMs: number | null;
}

/** Counts ends of tasks and commands. A task counts by how it ended last. */
export class Tally {
  readonly #tasks = new Map<string, End>();
  readonly #commands = { count: 0, successes: 0, failures: 0 };
  readonly #commandMs = new Mean();

  add(event: LogEvent): void {
    if (event.event === 'issue_complete') this.#addTask(event);
    if (event.event !== 'command_end') return;
    this.#commands.count += 1;
    if (event.status === 'success') this.#commands.successes += 1;
    if (isFailure(event.status)) this.#commands.failures += 1;
    this.#commandMs.add(event.duration_ms);
  }

  figures(): Figures {
    const ended = [...this.#tasks.values()];
    const completed = ended.filter(({ status }) => status === 'success');
    const failed = ended.filter(({ status }) => isFailure(status));
    const taskMs = new Mean();
    for (const { tookMs } of [...completed, ...failed]) taskMs.add(tookMs);
    return {
      tasks_completed: completed.length,
      tasks_failed: failed.length,
      avg_task_ms: taskMs.value,
      commands: this.#commands.count,
      command_successes: this.#commands.successes,
      command_failures: this.#commands.failures,
      avg_command_ms: this.#commandMs.value,
    };
  }

  #addTask({ at, status, duration_ms: tookMs, task_id, event_id, project }: LogEvent): void {
    const key = JSON.stringify([project, task_id === '' ? event_id : task_id]);
    const end = { at, status, tookMs };
    const last = this.#tasks.get(key);
    if (last === undefined || isLater(end, last)) this.#tasks.set(key, end);
  }
}

/** A share; null where there is nothing to divide by. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

class Mean {
  #sum = 0;
  #count = 0;

  add(value: number | null): void {
    if (value === null) return;
    this.#sum += value;
    this.#count += 1;
  }

  get value(): number | null {
    return ratio(this.#sum, this.#count);
  }
}

function isFailure(status: string): boolean {
  return status === 'failure' || status === 'timeout';
}

function isLater(one: End, other: End): boolean {
  if (one.at !== other.at) return one.at > other.at;
  if (one.status !== other.status) return one.status > other.status;
  return (one.tookMs ?? 0) > (other.tookMs ?? 0);
}
