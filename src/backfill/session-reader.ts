/**
 * From files to rows: the work of a reading thread. It reads synchronously, because nothing else runs in the thread.
 */
import type { Descent } from '../signals/transcript/elders.js';
import { projectOf } from '../signals/project.js';
import { recorderIn } from '../signals/recorder-in.js';
import type { Recorder } from '../signals/row.js';
import {
  folderOf,
  foldersOf,
  readingOf,
  readSessionFiles,
  uncountedLines,
  type FileOffsets,
  type SessionTranscripts,
} from '../signals/transcript/session.js';
import type { SessionState } from '../signals/transcript/session-columns.js';
import { sessionRows } from '../signals/transcript/session-rows.js';
import { Batcher, type TableFile } from './batch.js';
import type { FileStamp } from './discover.js';
import type { FileRead } from './state.js';
import type { Ms } from '../base/time/units.js';

/** A session to read. */
export interface SessionJob {
  sessionId: string;
  /** The main file first, whether it exists or not. */
  files: string[];
  stamps: FileStamp[];
  /** Offset up to which the rows of each file were already sent, by path. */
  known: Record<string, number>;
  /** Main files of the sessions that this one may have been forked from. */
  elders: string[];
  /** Descents of its main files. */
  descents: Descent[];
  /** What hooks reported about the session; null if nothing is known. */
  state: SessionState | null;
}

/** The result of reading a session. It counts as read when the batch it comes with is safe on disk. */
export interface SessionDone {
  sessionId: string;
  bytes: number;
  files: number;
  requests: number;
  rows: number;
  corruptLines: number;
  leftOutLines: number;
  /** The files as they were when they were read, by path. */
  read: [string, Omit<FileRead, 'check'>][];
  /** Why the session could not be read; null if it could. */
  problem: string | null;
}

/** A batch, with the sessions whose rows are complete in it and the batches before it. */
export interface ReadBatch {
  batch: TableFile[] | undefined;
  done: SessionDone[];
  /** Files and bytes read since the previous batch. */
  files: number;
  bytes: number;
}

/** Time per stage. */
export interface ReadTimes {
  read: Ms;
  rows: Ms;
  write: Ms;
}

/** The times of a reader that has read nothing. */
export const noTimes: ReadTimes = { read: 0, rows: 0, write: 0 };

export class SessionReader {
  readonly #batcher = new Batcher();
  readonly #projects = new Map<string, string>();
  readonly times: ReadTimes = { read: 0, rows: 0, write: 0 };
  readonly #done: SessionDone[] = [];
  /** Bytes read and rows made so far. */
  readonly #sofar = { bytes: 0, rows: 0 };
  #sinceBatch = { files: 0, bytes: 0 };

  constructor(
    private readonly recorder: Recorder,
    private readonly emit: (batch: ReadBatch) => void,
  ) {}

  /**
   * Reads a session, and hands over a batch when one is full.
   *
   * @param bytesToCome bytes of the sessions that this reader will probably get later
   */
  read(job: SessionJob, bytesToCome: number): void {
    try {
      const done = this.#read(job);
      this.#done.push(done);
      this.#sofar.bytes += done.bytes;
      this.#sofar.rows += done.rows;
      this.#sinceBatch.files += done.files;
      this.#sinceBatch.bytes += done.bytes;
    } catch (error) {
      // The other sessions are still read. This one is tried again at the next run.
      const nothing = {
        bytes: 0,
        files: 0,
        requests: 0,
        rows: 0,
        corruptLines: 0,
        leftOutLines: 0,
        read: [],
      };
      this.#done.push({ sessionId: job.sessionId, ...nothing, problem: String(error) });
    }
    if (this.#batcher.isFull((bytesToCome * this.#sofar.rows) / this.#sofar.bytes)) this.#handOver(false);
  }

  /** Hands over the remaining rows. */
  flush(): void {
    this.#handOver(true);
  }

  #handOver(isLast: boolean): void {
    const started = performance.now();
    const batch = this.#batcher.take(isLast);
    this.times.write += performance.now() - started;
    const done = this.#batcher.isPartial ? [] : this.#done.splice(0);
    if (batch !== undefined || done.length > 0) this.emit({ batch, done, ...this.#sinceBatch });
    this.#sinceBatch = { files: 0, bytes: 0 };
  }

  #read(job: SessionJob): SessionDone {
    const started = performance.now();
    const offsets: FileOffsets = new Map();
    const transcripts = readSessionFiles(job.files, {
      elders: job.elders,
      offsets,
      ...readingOf(this.recorder),
    });
    const afterRead = performance.now();
    this.times.read += afterRead - started;

    const known = (path: string) => job.known[path] ?? 0;
    const mainKnown = known(job.files[0] ?? '');
    const folder = folderOf(transcripts);
    const state = job.state ?? this.#unheard(job.sessionId, folder);
    const rows = sessionRows(
      transcripts,
      state,
      recorderIn(this.recorder, state.project, foldersOf(transcripts)),
      lastAt(transcripts),
      (agent, end) => end > (agent === undefined ? mainKnown : known(agent.path)),
    );
    const afterRows = performance.now();
    this.times.rows += afterRows - afterRead;
    for (const row of rows) this.#batcher.add(row);
    this.times.write += performance.now() - afterRows;

    const { leftOut, corrupt } = uncountedLines(transcripts);
    const { unreadable } = transcripts;
    return {
      sessionId: job.sessionId,
      bytes: job.stamps.reduce((sum, { bytes }) => sum + bytes, 0),
      files: job.stamps.length,
      requests: rows.filter(({ table }) => table === 'api_requests').length,
      rows: rows.length,
      corruptLines: corrupt,
      leftOutLines: leftOut,
      read: job.stamps.flatMap(({ path, bytes, writtenAt }): SessionDone['read'] => {
        // It is tried again at the next run.
        if (unreadable.has(path)) return [];
        const offset = offsets.get(path) ?? 0;
        const descent = job.descents.find((one) => one.path === path);
        const { root = '', born = 0, begun = null } = descent ?? {};
        return [[path, { bytes, writtenAt, offset, root, born, begun }]];
      }),
      problem: unreadable.size === 0 ? null : [...unreadable.values()].join('; '),
    };
  }

  /** A session that no hook reported. Nothing says that it ended. */
  #unheard(sessionId: string, cwd: string): SessionState {
    let project = this.#projects.get(cwd);
    if (project === undefined) this.#projects.set(cwd, (project = cwd === '' ? '' : projectOf(cwd)));
    return { sessionId, project, end: null, open: true, stops: {}, skills: [] };
  }
}

/** The time of the session's last line, which is the version of its summary. */
function lastAt({ main, agents }: SessionTranscripts): number {
  return [main, ...agents.map(({ transcript }) => transcript)].reduce(
    (last, { lastAt }) => Math.max(last, lastAt ?? 0),
    0,
  );
}
