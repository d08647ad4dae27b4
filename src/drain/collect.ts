/** One pass over the inbox and the open sessions: payloads, emitted events and transcripts become rows in the spool. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  damagedEvents,
  forgetTaken,
  keepNewer,
  newerLayout,
  readTaken,
  takeEmitted,
  type EmittedBatch,
} from './emitted.js';
import type { HomePaths } from '../base/home.js';
import { NotReadable } from '../base/regular-file/open.js';
import { readEmitted } from '../signals/emitted.js';
import { readHookEvent, type HookEvent, type HookSignals } from '../signals/hook/event.js';
import { fingerprint } from '../signals/identity.js';
import { asText } from '../base/json/json.js';
import type { EpochMs } from '../base/time/units.js';
import { redacted, type RedactedRow } from '../signals/privacy/redacted-row.js';
import { projectOf } from '../signals/project.js';
import { recorderIn } from '../signals/recorder-in.js';
import type { Recorder, SignalRow } from '../signals/row.js';
import {
  foldersOf,
  readingOf,
  readSession,
  sessionStamps,
  uncountedLines,
  type FileStamps,
  type SessionTranscripts,
} from '../signals/transcript/session.js';
import { sessionRows } from '../signals/transcript/session-rows.js';
import type { Spool } from '../spool/spool.js';
import { setAside } from './aside.js';
import { readInbox, removeFromInbox, type InboxEntry } from './inbox.js';
import { isFinished, SessionStore, withNews, type SessionRecord } from './session-store.js';

/** The result of one pass over the inbox and the open sessions. */
export interface Collected {
  events: number;
  /** Complete payloads and lines that are not events. */
  unreadable: number;
  /** Events that are incomplete or damaged on disk; they are kept aside. */
  damaged: number;
  rows: number;
  /** Projects whose figures may have changed. */
  projects: Set<string>;
  /** Transcript lines that could not be counted, damaged ones included, per session that was read. */
  leftOut: Map<string, number>;
  /** What could not be read, one line per problem. */
  problems: string[];
}

/** The result of a pass that has read nothing yet. */
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
 * Inbox and transcripts → signals → spool. When it resolves, every payload that it read is stored in the spool as rows
 * and removed from the inbox. After a crash before that, the work is repeated and no total changes.
 */
export function collect(paths: HomePaths, spool: Spool, recorder: Recorder): Promise<Collected> {
  return new Collecting(paths, spool, recorder).run();
}

/** Why a payload has no event. */
const NOT_READ = 'it is not complete JSON, or larger than 64 MB';

/** One pass over the inbox and the open sessions. */
class Collecting {
  readonly #sessions: SessionStore;
  readonly #done = nothingCollected();
  /** Ids of the sessions that this pass read because of a payload. */
  readonly #justRead = new Set<string>();
  readonly #projects = new Map<string, string>();

  constructor(
    private readonly paths: HomePaths,
    private readonly spool: Spool,
    private readonly recorder: Recorder,
  ) {
    this.#sessions = new SessionStore(paths.sessions);
  }

  async run(): Promise<Collected> {
    await this.#emptyInbox();
    await this.#takeOwnEvents();
    for (const record of await this.#sessions.open(Date.now()))
      await this.#unlessUnreadable(record, () => this.#lookAgain(record));
    return this.#done;
  }

  async #emptyInbox(): Promise<void> {
    // Again until nothing is left: payloads come while others are read.
    for (let isEmpty = false; !isEmpty;) {
      isEmpty = true;
      for await (const entries of readInbox(this.paths.inbox)) {
        isEmpty = false;
        await this.#takeBatch(entries);
      }
    }
  }

  async #takeBatch(entries: readonly InboxEntry[]): Promise<void> {
    const { inbox } = this.paths;
    const { touched, unread } = await this.#takeEntries(entries);
    for (const name of unread) await setAside(inbox, name);
    removeFromInbox(
      inbox,
      entries.map(({ name }) => name).filter((name) => !unread.has(name)),
    );
    // All of them at once, because each waits for its client to write what happened before the hook.
    const settling = touched.map((record) => ({ record, stamps: settledStamps(record.transcriptPath) }));
    await Promise.allSettled(settling.map(({ stamps }) => stamps));
    for (const { record, stamps } of settling) {
      await this.#unlessUnreadable(record, async () => this.#refresh(record, await stamps));
      this.#justRead.add(record.sessionId);
    }
  }

  /** A session that cannot be read must not hold up the other sessions, nor the delivery. */
  async #unlessUnreadable(record: SessionRecord, work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      this.#done.problems.push(`session ${record.sessionId} was skipped: ${String(error)}`);
    });
  }

  async #lookAgain(record: SessionRecord): Promise<void> {
    const isRead =
      record.reading !== 'due' && sameStamps(record.stamps, await sessionStamps(record.transcriptPath));
    if (!isRead) await this.#refresh(record, await settledStamps(record.transcriptPath));
    // A session is finished only after two drains have read it: the second one finds lines that were written late.
    else if (!this.#justRead.has(record.sessionId) && isFinished(record, Date.now()))
      await this.#sessions.save({ ...record, reading: 'done' });
  }

  /**
   * Spools the rows of some payloads and remembers what they report about sessions. Returns the sessions to read again,
   * and the payloads that are not events.
   */
  async #takeEntries(
    entries: readonly InboxEntry[],
  ): Promise<{ touched: SessionRecord[]; unread: ReadonlySet<string> }> {
    const done = this.#done;
    const rows: RedactedRow[] = [];
    const unread = new Set<string>();
    const records = new Map<string, SessionRecord>();
    const toRefresh = new Set<string>();
    for (const entry of entries) {
      const { event } = entry;
      const read = event === null ? NOT_READ : this.#readEntry(event);
      if (typeof read === 'string') {
        done.unreadable += 1;
        unread.add(entry.name);
        done.problems.push(`${entry.name} was skipped: ${read}`);
        continue;
      }
      const { signals, project, at } = read;
      done.events += 1;
      done.projects.add(project);
      for (const row of signals.rows) rows.push(redacted(row));
      if (signals.news === null) continue;
      const { sessionId } = signals.news;
      const known = records.get(sessionId) ?? (await this.#sessions.load(sessionId));
      records.set(sessionId, withNews(known, signals.news, project, at));
      if (signals.news.refresh) toRefresh.add(sessionId);
    }
    await this.spool.append(rows);
    done.rows += rows.length;
    await this.#sessions.save(...records.values());
    return { touched: [...records.values()].filter(({ sessionId }) => toRefresh.has(sessionId)), unread };
  }

  /** Reads a payload, or returns the reason why it cannot be read: one invalid payload must not hold up the others. */
  #readEntry(event: HookEvent): ReadEntry | string {
    try {
      const folder = asText(event.payload.cwd) ?? '/';
      const project = this.#projectOf(folder);
      const signals = readHookEvent(event, project, recorderIn(this.recorder, project, [folder]));
      return { signals, project, at: event.at };
    } catch (error) {
      return String(error);
    }
  }

  /** The project of a folder, looked up once per pass. */
  #projectOf(folder: string): string {
    const known = this.#projects.get(folder);
    if (known !== undefined) return known;
    const project = projectOf(folder);
    this.#projects.set(folder, project);
    return project;
  }

  /** Spools what the user's own tools emitted. A file is removed when its rows are on disk. */
  async #takeOwnEvents(): Promise<void> {
    const folder = this.paths.emitted;
    for (const name of await takeEmitted(folder)) {
      try {
        await this.#takeOwnFile(folder, name);
      } catch (error) {
        if (!(error instanceof NotReadable)) throw error;
        this.#done.problems.push(error.message);
        continue;
      }
      await forgetTaken(folder, name);
    }
  }

  async #takeOwnFile(folder: string, name: string): Promise<void> {
    let part = 0;
    for await (const { events, damaged, lost } of readTaken(folder, name)) {
      const known = events.filter(({ event }) => newerLayout(event) === null);
      const rows = known
        .flatMap(({ event, lineId }) => readEmitted(event, lineId, this.recorder) ?? [])
        .map((row) => redacted(row));
      await this.spool.append(rows);
      this.#done.events += rows.length;
      this.#done.rows += rows.length;
      this.#done.unreadable += known.length - rows.length;
      this.#keepNewer(events);
      if (damaged.length === 0) continue;
      const report = part === 0 ? name : `${name}-${part}`;
      await damagedEvents(folder).keep(report, lost, 'incomplete, or damaged on disk', damaged);
      this.#done.damaged += lost;
      part += 1;
    }
  }

  #keepNewer(events: EmittedBatch['events']): void {
    let kept = 0;
    for (const { event, lineId } of events) {
      const layout = newerLayout(event);
      if (layout === null) continue;
      // If the file is read again after a crash, it is the same event.
      keepNewer(this.paths.emitted, { event_id: lineId, ...event }, layout);
      kept += 1;
    }
    if (kept > 0)
      this.#done.problems.push(
        `${kept} emitted events of a newer version of atel wait until this one is updated`,
      );
  }

  /**
   * Reads a session's transcripts and spools the rows that are new or changed since the last reading.
   *
   * @param stamps of the transcripts before this reading
   */
  async #refresh(record: SessionRecord, stamps: FileStamps): Promise<void> {
    // The newest summary must win, also if the clock was set back since the last one.
    const readAt = Math.max(Date.now(), (record.readAt ?? 0) + 1);
    const transcripts = await readTranscripts(record.transcriptPath, this.recorder);
    if (typeof transcripts === 'string') {
      // The other sessions are still read. This one is tried again when its files change.
      this.#done.problems.push(`${record.transcriptPath} cannot be read: ${transcripts}`);
      await this.#sessions.save({ ...record, stamps, reading: 'later' });
      return;
    }
    const recorder = recorderIn(this.recorder, record.project, foldersOf(transcripts));
    const rows = sessionRows(transcripts, record, recorder, readAt).map((row) => redacted(row));
    const changed = rows.filter(({ row }) => record.sent[row.event_id] !== content(row));
    await this.spool.append(changed);
    this.#done.rows += changed.length;
    this.#done.projects.add(record.project);
    const { leftOut, corrupt } = uncountedLines(transcripts);
    this.#done.leftOut.set(record.sessionId, leftOut + corrupt);
    this.#done.problems.push(...transcripts.unreadable.values());
    await this.#sessions.save({
      ...record,
      stamps,
      reading: 'later',
      readAt,
      sent: Object.fromEntries(rows.map(({ row }) => [row.event_id, content(row)])),
    });
  }
}

interface ReadEntry {
  signals: HookSignals;
  project: string;
  at: EpochMs;
}

/** The content of a session's files, or the reason why they cannot be read. */
async function readTranscripts(path: string, recorder: Recorder): Promise<SessionTranscripts | string> {
  try {
    const main = await stat(path).catch(() => undefined);
    if (main !== undefined && !main.isFile()) return 'it is not a file';
    return await readSession(path, readingOf(recorder));
  } catch (error) {
    return String(error);
  }
}

/** A row's content without the time at which it was computed. */
function content(row: SignalRow['row']): string {
  return fingerprint({ ...row, version: 0 });
}

/** How long to wait for the client to write what happened before the hook, milliseconds. */
const SETTLE_STEP_MS = 100;
const SETTLE_LIMIT_MS = 3_000;

/** The files' stamps after they have stopped changing. Lines that are written later are read by the next drain. */
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
