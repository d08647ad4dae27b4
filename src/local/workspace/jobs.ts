/** The jobs of a workspace: work that a client can ask about after its request was answered. */
import { randomUUID } from 'node:crypto';
import { parseObject } from '../../base/json/json.js';
import { ApiError } from '../errors.js';
import { keptJson, keptText, type Clean } from './kept.js';

export interface Job {
  id: string;
  job_id: string;
  /** `delete_data`, `create_branch`, … */
  kind: string;
  status: 'working' | 'done' | 'error';
  error?: string;
  created_at: string;
  started_at: string;
  updated_at: string;
  is_cancellable: false;
  /** What the job works on, and what came of it. */
  [detail: string]: unknown;
}

/** The newest jobs; a restart of the server forgets them. */
const mostJobs = 500;

export class Jobs {
  private readonly known = new Map<string, Job>();

  /** @param clean redacts what is kept of a job's details and error */
  constructor(private readonly clean: () => Clean) {}

  /** Runs work as a job, and resolves with the job when the work has ended. Rejects if it fails; the job says why. */
  async run(kind: string, details: object, work: () => Promise<object>): Promise<Job> {
    const id = randomUUID();
    const now = timeOf(new Date());
    const job: Job = {
      id,
      job_id: id,
      kind,
      status: 'working',
      created_at: now,
      started_at: now,
      updated_at: now,
      is_cancellable: false,
      ...parseObject(keptJson({ ...details }, this.clean())),
    };
    this.known.set(id, job);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= mostJobs) break;
      this.known.delete(oldest);
    }
    try {
      Object.assign(job, await work(), { status: 'done' });
      return job;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      Object.assign(job, { status: 'error', error: keptText(message, this.clean()) });
      throw error;
    } finally {
      job.updated_at = timeOf(new Date());
    }
  }

  /** All jobs, the newest first. */
  list(): Job[] {
    return [...this.known.values()].reverse();
  }

  /** @throws {ApiError} 404 */
  find(id: string): Job {
    const job = this.known.get(id);
    if (!job) throw new ApiError(404, `Job ${id} does not exist (a restart of the server forgets its jobs)`);
    return job;
  }
}

/** `2026-11-30 00:00:00.000`, UTC. */
function timeOf(date: Date): string {
  return date.toISOString().replace('T', ' ').replace('Z', '');
}
