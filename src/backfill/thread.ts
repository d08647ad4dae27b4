/** Starts a reading thread and exchanges messages with it. The code inside the thread is thread-main.ts. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { programFolder } from '../base/program-folder.js';
import type { Recorder } from '../signals/row.js';
import { noTimes, SessionReader, type ReadBatch, type ReadTimes, type SessionJob } from './session-reader.js';

/** Reads sessions, one group after the other. */
export interface ReadingThread {
  /** Must be called first. `onBatch` is called for each batch. */
  begin(recorder: Recorder, onBatch: OnBatch): void;
  /**
   * Reads some sessions; resolves when it can take more. Their batches may come later.
   *
   * @param bytesToCome bytes of the sessions that it will probably get later
   */
  read(jobs: SessionJob[], bytesToCome: number): Promise<void>;
  /** Hands over the remaining rows and ends. */
  end(): Promise<ReadTimes>;
}

type OnBatch = (batch: ReadBatch) => void;

/** Messages to a thread. */
export type Order =
  | { kind: 'begin'; recorder: Recorder }
  | { kind: 'read'; jobs: SessionJob[]; bytesToCome: number }
  | { kind: 'end' };
/** Messages from a thread. */
export type News = ({ kind: 'batch' } & ReadBatch) | { kind: 'idle' } | { kind: 'ended'; times: ReadTimes };

/** Starts a thread. */
export function startThread(): ReadingThread {
  const worker = new Worker(join(programFolder, 'reading-thread.js'), {
    // Memory for the transcripts of a session and their rows: an excessive one must not exhaust the machine. Nearly all
    // objects live for one session only, and a larger young generation frees them early.
    resourceLimits: { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 96 },
  });
  /** Callers that wait for an answer, in the order of their calls. */
  const asked: { resolve: (times: ReadTimes) => void; reject: (error: unknown) => void }[] = [];
  let failure: Error | undefined;
  let onBatch: OnBatch | undefined;
  worker.on('message', (news: News) => {
    if (news.kind === 'batch') onBatch?.(news);
    else asked.shift()?.resolve(news.kind === 'ended' ? news.times : noTimes);
  });
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of asked.splice(0)) reject(failure);
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('a reading thread ended early')));
  const ask = (order: Order) =>
    new Promise<ReadTimes>((resolve, reject) => {
      if (failure !== undefined) reject(failure);
      else {
        asked.push({ resolve, reject });
        worker.postMessage(order);
      }
    });
  return {
    begin: (recorder, take) => {
      onBatch = take;
      worker.postMessage({ kind: 'begin', recorder } satisfies Order);
    },
    read: async (jobs, bytesToCome) => {
      await ask({ kind: 'read', jobs, bytesToCome });
    },
    end: async () => {
      const times = await ask({ kind: 'end' });
      await worker.terminate();
      return times;
    },
  };
}

/** The same without a thread: for a few sessions, and if the program is not built. */
export function readHere(): ReadingThread {
  let reader: SessionReader | undefined;
  return {
    begin: (recorder, onBatch) => {
      reader = new SessionReader(recorder, onBatch);
    },
    read: async (jobs, bytesToCome) => {
      for (const job of jobs) {
        reader?.read(job, bytesToCome);
        // Lets other work in this process run.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    end: () => {
      reader?.flush();
      return Promise.resolve(reader?.times ?? noTimes);
    },
  };
}
