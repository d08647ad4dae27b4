import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { damagedEvents, forgetTaken, readTaken, takeEmitted } from './emitted.js';
import { eventsIn } from './emitted-line.js';
import type { HomePaths } from '../base/home.js';
import { NotReadable } from '../base/regular-file/open.js';
import { readEmitted } from '../signals/emitted.js';
import { readHookEvent, type HookEvent, type HookSignals } from '../signals/hook/event.js';
import { fingerprint } from '../signals/identity.js';
import { asText } from '../base/json/json.js';
import { redacted, type RedactedRow } from '../signals/privacy/redacted-row.js';
import { projectOf } from '../signals/project.js';
import type { Recorder, SignalRow } from '../signals/row.js';
import {
  leftOutLines,
  readSession,
  sessionStamps,
  type SessionTranscripts,
} from '../signals/transcript/session.js';
import { sessionRows } from '../signals/transcript/session-rows.js';
import type { Spool } from '../spool/spool.js';
import { setAside } from './aside.js';
import { readInbox, removeFromInbox, type InboxEntry } from './inbox.js';
import { isFinished, SessionStore, withNews, type SessionRecord } from './session-store.js';

/** What one pass over the inbox and the open sessions did. */
export interface Collected {
  events: number;
  /** Payloads and lines that were whole and no event. */
  unreadable: number;
  /** Events that were torn or damaged on disk, and are kept aside. */
  damaged: number;
  rows: number;
  /** Projects whose figures may have changed. */
  projects: Set<string>;
  /** Lines of transcripts that could not be counted, by session that was read. */
  leftOut: Map<string, number>;
  /** What could not be read, a line each. */
  problems: string[];
}

/** Nothing was read. */
export function nothingCollected(): Collected {
  return {
    events: 0,
    unreadable: 0,
    damaged: 0,
    rows: 0,
    projects: new Set(),
    leftOut: new Map(),
    problems: [],
  };
}

/**
 * Inbox and transcripts → signals → spool. When it resolves, every payload that it read is on disk as rows and
 * gone from the inbox; a crash before that repeats the work and changes no total.
 */
export async function collect(paths: HomePaths, spool: Spool, recorder: Recorder): Promise<Collected> {
  const sessions = new SessionStore(paths.sessions);
  const done = nothingCollected();
  const justRead = new Set<string>();

  for (
    let entries = await readInbox(paths.inbox);
    entries.length > 0;
    entries = await readInbox(paths.inbox)
  ) {
    const { touched, unread } = await takeEntries(entries, sessions, spool, recorder, done);
    for (const name of unread) await setAside(paths.inbox, name);
    await removeFromInbox(
      paths.inbox,
      entries.map(({ name }) => name).filter((name) => !unread.has(name)),
    );
    for (const record of touched) {
      await unlessUnreadable(record, () => refresh(record, sessions, spool, recorder, done));
      justRead.add(record.sessionId);
    }
  }
  await takeOwnEvents(paths.emitted, spool, recorder, done);
  for (const record of await sessions.open(Date.now()))
    await unlessUnreadable(record, () => lookAgain(record));
  return done;

  /** One session that cannot be read must not hold up the others, nor the delivery. */
  async function unlessUnreadable(record: SessionRecord, work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      done.problems.push(`session ${record.sessionId} was passed over: ${String(error)}`);
    });
  }

  async function lookAgain(record: SessionRecord): Promise<void> {
    const isRead =
      record.reading !== 'due' && sameStamps(record.stamps, await sessionStamps(record.transcriptPath));
    if (!isRead) await refresh(record, sessions, spool, recorder, done);
    // Read twice, by two drains, at least: what is written late is written after the first.
    else if (!justRead.has(record.sessionId) && isFinished(record, Date.now()))
      await sessions.save({ ...record, reading: 'done' });
  }
}

/**
 * Spools the rows of some payloads and remembers their news. Returns the sessions to read again, and the payloads that
 * told of nothing.
 */
async function takeEntries(
  entries: readonly InboxEntry[],
  sessions: SessionStore,
  spool: Spool,
  recorder: Recorder,
  done: Collected,
): Promise<{ touched: SessionRecord[]; unread: ReadonlySet<string> }> {
  const rows: RedactedRow[] = [];
  const unread = new Set<string>();
  const records = new Map<string, SessionRecord>();
  const toRefresh = new Set<string>();
  for (const entry of entries) {
    const read = entry.event === null ? 'it is no whole JSON' : readEntry(entry.event, recorder);
    if (entry.event === null || typeof read === 'string') {
      done.unreadable += 1;
      unread.add(entry.name);
      done.problems.push(`${entry.name} was passed over: ${read}`);
      continue;
    }
    const { signals, project } = read;
    done.events += 1;
    done.projects.add(project);
    for (const row of signals.rows) rows.push(redacted(row));
    if (signals.news === null) continue;
    const { sessionId } = signals.news;
    const known = records.get(sessionId) ?? (await sessions.load(sessionId));
    records.set(sessionId, withNews(known, signals.news, project, entry.event.at));
    if (signals.news.refresh) toRefresh.add(sessionId);
  }
  await spool.append(rows);
  done.rows += rows.length;
  for (const record of records.values()) await sessions.save(record);
  return { touched: [...records.values()].filter(({ sessionId }) => toRefresh.has(sessionId)), unread };
}

/** Spools what the user's own tools emitted. A file is forgotten when its rows are on disk. */
async function takeOwnEvents(
  folder: string,
  spool: Spool,
  recorder: Recorder,
  done: Collected,
): Promise<void> {
  for (const name of await takeEmitted(folder)) {
    const damaged: Buffer[] = [];
    try {
      for await (const batch of readTaken(folder, name)) {
        const rows = batch.events
          .flatMap(({ event, lineId }) => readEmitted(event, lineId, recorder) ?? [])
          .map((row) => redacted(row));
        await spool.append(rows);
        done.events += rows.length;
        done.rows += rows.length;
        done.unreadable += batch.events.length - rows.length;
        damaged.push(...batch.damaged);
      }
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error;
      done.problems.push(error.message);
      continue;
    }
    if (damaged.length > 0) {
      const count = damaged.reduce((sum, piece) => sum + eventsIn(piece), 0);
      await damagedEvents(folder).keep(name, count, 'torn, or damaged on disk', damaged);
      done.damaged += count;
    }
    await forgetTaken(folder, name);
  }
}

/** What a payload says; the reason where it cannot be told: one odd payload must not hold up the rest. */
function readEntry(event: HookEvent, recorder: Recorder): { signals: HookSignals; project: string } | string {
  try {
    const project = projectOf(asText(event.payload.cwd) ?? '/');
    return { signals: readHookEvent(event, project, recorder), project };
  } catch (error) {
    return String(error);
  }
}

/** Reads a session's transcripts and spools the rows that are new or have changed since the last time. */
async function refresh(
  record: SessionRecord,
  sessions: SessionStore,
  spool: Spool,
  recorder: Recorder,
  done: Collected,
): Promise<void> {
  const stamps = await settledStamps(record.transcriptPath);
  const readAt = Date.now();
  const transcripts = await readTranscripts(record.transcriptPath);
  if (typeof transcripts === 'string') {
    // The other sessions are read all the same; this one is tried again when its files change.
    done.problems.push(`${record.transcriptPath} cannot be read: ${transcripts}`);
    await sessions.save({ ...record, stamps, reading: 'later' });
    return;
  }
  const rows = sessionRows(transcripts, record, recorder, readAt).map((row) => redacted(row));
  const changed = rows.filter(({ row }) => record.sent[row.event_id] !== content(row));
  await spool.append(changed);
  done.rows += changed.length;
  done.projects.add(record.project);
  done.leftOut.set(record.sessionId, leftOutLines(transcripts));
  await sessions.save({
    ...record,
    stamps,
    reading: 'later',
    sent: Object.fromEntries(rows.map(({ row }) => [row.event_id, content(row)])),
  });
}

/** What a session's files hold; the reason where they cannot be read. */
async function readTranscripts(path: string): Promise<SessionTranscripts | string> {
  try {
    const main = await stat(path).catch(() => undefined);
    if (main !== undefined && !main.isFile()) return 'it is no file';
    return await readSession(path);
  } catch (error) {
    return String(error);
  }
}

/** A row's content without when it was computed. */
function content(row: SignalRow['row']): string {
  return fingerprint({ ...row, version: 0 });
}

/** How long the client may take to write what happened before the hook, milliseconds. */
const SETTLE_STEP_MS = 100;
const SETTLE_LIMIT_MS = 3_000;

/** The files' stamps once they have stopped changing. What is written later is read at the next drain. */
async function settledStamps(transcriptPath: string) {
  let stamps = await sessionStamps(transcriptPath);
  for (let waited = 0; waited < SETTLE_LIMIT_MS; waited += SETTLE_STEP_MS) {
    await sleep(SETTLE_STEP_MS);
    const next = await sessionStamps(transcriptPath);
    if (sameStamps(stamps, next)) return next;
    stamps = next;
  }
  return stamps;
}

function sameStamps(a: Record<string, string>, b: Record<string, string>): boolean {
  return fingerprint(Object.entries(a).sort()) === fingerprint(Object.entries(b).sort());
}
