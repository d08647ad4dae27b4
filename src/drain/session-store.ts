/** What the drain remembers of each session between two runs: one small file per session. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EditedLines } from '../signals/transcript/edited-lines.js';
import type { SessionNews } from '../signals/hook/event.js';
import { readRegularFile } from '../base/regular-file/handle.js';
import { NotReadable } from '../base/regular-file/open.js';
import { identify } from '../signals/identity.js';
import type { FileStamps } from '../signals/transcript/session.js';
import type { SessionState } from '../signals/transcript/session-columns.js';
import { listFiles, privateFolder, writeAllDurably } from '../base/files.js';
import type { EpochMs } from '../base/time/units.js';
import { isMissingFile } from '../base/missing-file.js';

/** What the drain remembers of a session between two runs. */
export interface SessionRecord extends SessionState {
  transcriptPath: string;
  /** The stamps of the files when they were last read. */
  stamps: FileStamps;
  /** Version of the newest summary; missing if an earlier version of atel wrote the record. */
  readAt?: EpochMs;
  /** Fingerprints of the spooled rows, by event id: only changed rows are sent again. */
  sent: Record<string, string>;
  /** Time of the last SessionStart; 0 if none was reported. */
  startedAt: EpochMs;
  /** Time of the last other event of the session; 0 if none was reported. */
  heardAt: EpochMs;
  /**
   * Whether the transcripts must be read: `due` if the rows lack reported news (a crash must not lose it), `later` if
   * the transcripts may still grow, `done` if the session ended and nothing has come since.
   */
  reading: 'due' | 'later' | 'done';
}

/** Claude Code deletes transcripts after 30 days; a session without events for that long will not end any more. */
const FORGET_AFTER_MS = 30 * 24 * 3600_000;

/** How long after the end of a session Claude Code may still write lines, milliseconds. */
const LATE_LINES_MS = 60_000;

/** How long after the end of a session a hook may run that the client did not wait for, milliseconds. */
const LATE_HOOK_MS = 10_000;

/** Stores one small file per session. */
export class SessionStore {
  constructor(private readonly folder: string) {}

  async load(sessionId: string): Promise<SessionRecord | undefined> {
    return this.#read(fileName(sessionId));
  }

  async save(...records: SessionRecord[]): Promise<void> {
    await privateFolder(this.folder);
    await writeAllDurably(
      this.folder,
      records.map((record) => [fileName(record.sessionId), JSON.stringify(record)]),
    );
  }

  /** Sessions whose transcripts must be read or may still grow. Sessions without events for too long are forgotten. */
  async open(now: number): Promise<SessionRecord[]> {
    const open: SessionRecord[] = [];
    for (const name of await listFiles(this.folder, '.json')) {
      const record = await this.#read(name);
      if (record === undefined || isForgettable(record, now))
        // A folder in the place of a record is left alone.
        await rm(join(this.folder, name), { force: true }).catch(() => undefined);
      else if (record.reading !== 'done') open.push(record);
    }
    return open;
  }

  async #read(name: string): Promise<SessionRecord | undefined> {
    try {
      const record: unknown = JSON.parse(await readRegularFile(join(this.folder, name)));
      return isRecord(record) ? record : undefined;
    } catch (error) {
      // A file that cannot be read now (too many open files) must not be mistaken for an unknown session.
      if (error instanceof SyntaxError || error instanceof NotReadable || isMissingFile(error))
        return undefined;
      throw error;
    }
  }
}

/**
 * Whether a value is a record of this layout. An invalid record, or one of an older version, counts as an unknown
 * session.
 */
function isRecord(value: unknown): value is SessionRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<Record<keyof SessionRecord, unknown>>;
  const holds = (type: string, ...keys: (keyof SessionRecord)[]) =>
    keys.every((key) => typeof record[key] === type && record[key] !== null);
  return (
    holds('string', 'sessionId', 'project', 'transcriptPath', 'reading') &&
    holds('object', 'stops', 'skills', 'stamps', 'sent') &&
    holds('number', 'startedAt', 'heardAt') &&
    holds('boolean', 'open') &&
    (record.edits === undefined || holds('object', 'edits'))
  );
}

function isForgettable(record: SessionRecord, now: number): boolean {
  return record.reading !== 'due' && now - Math.max(record.heardAt, record.startedAt) > FORGET_AFTER_MS;
}

/** Whether unchanged transcripts will not grow any more. */
export function isFinished(record: SessionRecord, now: number): boolean {
  return !record.open && record.startedAt < record.heardAt && now - record.heardAt > LATE_LINES_MS;
}

/**
 * Adds news to a session's record, in whatever order it comes. A session that continues after its end is open again.
 *
 * A SessionStart alone does not open a session, because that of a fork names the session it was forked from. But the
 * transcripts are then read, and they show whether the session really continued.
 */
export function withNews(
  record: SessionRecord | undefined,
  news: SessionNews,
  project: string,
  at: number,
): SessionRecord {
  const known: SessionRecord = record ?? {
    sessionId: news.sessionId,
    project,
    end: null,
    open: true,
    stops: {},
    skills: [],
    transcriptPath: news.transcriptPath,
    stamps: {},
    sent: {},
    startedAt: 0,
    heardAt: 0,
    reading: 'later',
  };
  const end =
    news.end !== undefined && (known.end === null || news.end.at >= known.end.at) ? news.end : known.end;
  const isLate = news.mayBeLate && known.end !== null && at - known.end.at < LATE_HOOK_MS;
  const isNewest = at >= known.heardAt && !news.starts && !isLate;
  const stops =
    news.stop === undefined
      ? known.stops
      : { ...known.stops, [news.stop.agentId]: laterStop(known, news.stop) };
  return {
    ...known,
    end,
    open: isNewest ? news.end === undefined : known.open,
    stops,
    ...(news.edit !== undefined && { edits: { ...known.edits, [news.edit.toolUseId]: linesOf(news.edit) } }),
    skills:
      news.skill === undefined || known.skills.includes(news.skill)
        ? known.skills
        : [...known.skills, news.skill],
    transcriptPath: news.transcriptPath === '' ? known.transcriptPath : news.transcriptPath,
    startedAt: news.starts ? Math.max(known.startedAt, at) : known.startedAt,
    heardAt: news.starts ? known.heardAt : Math.max(known.heardAt, at),
    reading: news.refresh || known.reading === 'due' ? 'due' : 'later',
  };
}

function linesOf({ added, removed }: EditedLines): EditedLines {
  return { added, removed };
}

function laterStop(record: SessionRecord, stop: NonNullable<SessionNews['stop']>) {
  const seen = record.stops[stop.agentId];
  return seen !== undefined && seen.at > stop.at
    ? seen
    : { at: stop.at, agentType: stop.agentType, promptId: stop.promptId };
}

/** Session ids come from outside: only a plain one is used as a file name unchanged. */
function fileName(sessionId: string): string {
  return `${/^[\w-]{1,80}$/.test(sessionId) ? sessionId : identify('session-file', sessionId)}.json`;
}
